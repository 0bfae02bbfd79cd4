/** What script/build-bundles.ts uses of ncc: https://github.com/vercel/ncc#programmatically-from-nodejs */
declare module '@vercel/ncc' {
  export default function ncc(
    entry: string,
    options: {
      /** Modules that stay outside, by the name under which the bundle loads each. */
      externals: Record<string, string>
      license: string
      minify: boolean
      transpileOnly: boolean
      cache: boolean
      quiet: boolean
    },
  ): Promise<{ code: string; assets: Record<string, { source: string | Buffer; permissions: number }> }>
}
