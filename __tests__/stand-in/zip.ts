/** Just enough of the zip format to make an artifact and to look into one.
 * https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT */
import { crc32, inflateRawSync } from 'node:zlib'

const LOCAL = 0x04034b50
const CENTRAL = 0x02014b50
const END = 0x06054b50
/** Bytes of the end record, and of a local and of a central header without name and extra field. */
const SIZE = { end: 22, local: 30, central: 46 }

/** A zip that holds these files by path, uncompressed. */
export function zipOf(files: Record<string, string | Buffer>): Buffer {
  const locals: Buffer[] = []
  const centrals: Buffer[] = []
  let offset = 0
  for (const [path, given] of Object.entries(files)) {
    const [name, content] = [Buffer.from(path), Buffer.from(given)]
    // Version 2.0, UTF-8 names, stored, no time; then checksum and sizes.
    const common = Buffer.alloc(26)
    common.writeUInt16LE(20, 0)
    common.writeUInt16LE(0x800, 2)
    common.writeUInt32LE(crc32(content), 10)
    common.writeUInt32LE(content.length, 14)
    common.writeUInt32LE(content.length, 18)
    common.writeUInt16LE(name.length, 22)
    const rest = Buffer.alloc(14)
    rest.writeUInt32LE(offset, 10)
    const local = Buffer.concat([word(LOCAL), common, name, content])
    locals.push(local)
    centrals.push(Buffer.concat([word(CENTRAL), Buffer.from([20, 0]), common, rest, name]))
    offset += local.length
  }
  const directory = Buffer.concat(centrals)
  const end = Buffer.alloc(SIZE.end)
  end.writeUInt32LE(END, 0)
  end.writeUInt16LE(centrals.length, 8)
  end.writeUInt16LE(centrals.length, 10)
  end.writeUInt32LE(directory.length, 12)
  end.writeUInt32LE(offset, 16)
  return Buffer.concat([...locals, directory, end])
}

/** The files of a zip by path; a folder is none.
 * @throws Error where it is no zip, or a file's checksum is wrong */
export function filesOf(zip: Buffer): Record<string, Buffer> {
  const end = zip.lastIndexOf(word(END))
  if (end < 0) throw new Error('This is no zip: it has no end record')
  const files: Record<string, Buffer> = {}
  let at = zip.readUInt32LE(end + 16)
  for (let left = zip.readUInt16LE(end + 10); left > 0; left--) {
    const [nameLength, extra, comment] = [28, 30, 32].map((place) => zip.readUInt16LE(at + place))
    const after = at + SIZE.central + (nameLength ?? 0)
    const path = zip.toString('utf8', at + SIZE.central, after)
    if (!path.endsWith('/')) files[path] = contentAt(zip, at, path)
    at = after + (extra ?? 0) + (comment ?? 0)
  }
  return files
}

function contentAt(zip: Buffer, central: number, path: string): Buffer {
  const local = zip.readUInt32LE(central + 42)
  const start = local + SIZE.local + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28)
  const packed = zip.subarray(start, start + zip.readUInt32LE(central + 20))
  const content = zip.readUInt16LE(central + 10) === 0 ? Buffer.from(packed) : inflateRawSync(packed)
  if (crc32(content) !== zip.readUInt32LE(central + 16)) throw new Error(`${path}: wrong checksum`)
  return content
}

function word(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return bytes
}
