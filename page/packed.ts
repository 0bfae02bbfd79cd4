import type { PackedSql } from '../src/report/page-data.ts'

const unpacked = new WeakMap<PackedSql, Promise<Record<string, string>>>()

/** The compiled SQL of a node that the page carries in compressed form; undefined where it does not. */
export async function packedSql(packs: PackedSql[], node: number): Promise<string | undefined> {
  const pack = packs.find(({ nodes }) => nodes.includes(node))
  if (!pack) return undefined
  const texts = unpacked.get(pack) ?? unpack(pack.data)
  unpacked.set(pack, texts)
  return (await texts)[String(node)]
}

async function unpack(data: string): Promise<Record<string, string>> {
  const bytes = Uint8Array.from(atob(data), (character) => character.charCodeAt(0))
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate-raw'))
  return JSON.parse(await new Response(stream).text())
}
