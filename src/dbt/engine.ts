/** Which dbt runs: Core (Python, dbt 1) or v2 (Rust, dbt 2 under several names). */
export interface Engine {
  kind: 'core' | 'v2'
  /** As it calls itself: `dbt`, `dbt-core`, `dbt-oss`, `dbt-fusion`. */
  product: string
  version: string
}

/**
 * The engine of a line `Running with <product>=<version>`; undefined where it is none.
 *
 * From major version 2 on every product is v2: `dbt` and `dbt-core` exist in both.
 */
export function reportedEngine(line: string): Engine | undefined {
  const [, product, version] = /^Running with (dbt[\w-]*)=+(\S+)/.exec(line) ?? []
  if (product === undefined || version === undefined) return undefined
  const major = Number.parseInt(version, 10)
  const isV2 = major >= 2 || product === 'dbt-fusion' || product === 'dbt-oss'
  return { kind: isV2 ? 'v2' : 'core', product, version }
}
