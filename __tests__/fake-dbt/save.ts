import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  closeSync,
  mkdirSync,
  openSync,
  rmSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { basename, dirname } from 'node:path'

/** What became of an artifact that is not as dbt writes it; `200MB`: a manifest of a project as large as that. */
const DAMAGE: Record<string, (path: string, text: string) => void> = {
  missing: () => {},
  empty: (path) => writeFileSync(path, ''),
  truncated: (path, text) => writeFileSync(path, text.slice(0, text.length / 2)),
  binary: (path) => writeFileSync(path, Buffer.from([0xff, 0xfe, 0, 0x7b, 0xc3, 0x28, 0x22, 0xf0])),
  directory: (path) => mkdirSync(path),
  unreadable: (path, text) => {
    writeFileSync(path, text)
    chmodSync(path, 0o000)
  },
  fifo: (path) => execFileSync('/usr/bin/mkfifo', [path]),
  zero: (path) => symlinkSync('/dev/zero', path),
  loop: (path) => symlinkSync(path, path),
  '40MB': (path, text) => large(path, text, 40),
  '200MB': (path, text) => large(path, text, 200),
}

/** Writes a file as dbt does, whole, or as FAKE_DBT_DAMAGE has it: `manifest.json=fifo run_results.json=empty`. */
export function save(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true })
  const entries = (process.env.FAKE_DBT_DAMAGE ?? '').split(' ').map((entry) => entry.split('='))
  const kind = entries.find(([file]) => file === basename(path))?.[1]
  const damage = kind === undefined ? writeFileSync : DAMAGE[kind]
  if (!damage) throw new Error(`FAKE_DBT_DAMAGE knows no ${kind}`)
  if (kind !== undefined) rmSync(path, { recursive: true, force: true })
  damage(path, text)
}

/** Models of 10 kB each before those of the manifest. */
function large(path: string, text: string, megabytes: number): void {
  const [opening = ''] = /^[\s\S]*?"nodes": ?\{/.exec(text) ?? []
  const code = 'select 1 as id -- a "quoted" word, é ü 数\n'.repeat(200)
  const node = JSON.stringify({
    ...{ unique_id: 'model.large.N', name: 'N', resource_type: 'model', package_name: 'large' },
    ...{ original_file_path: 'models/N.sql', path: 'N.sql', raw_code: code, fqn: ['large', 'N'] },
    ...{ config: { materialized: 'table' }, depends_on: { macros: [], nodes: ['source.large.raw.N'] } },
  }).split('N')
  const file = openSync(path, 'w')
  writeSync(file, opening)
  for (let index = 0, bytes = 0; bytes < megabytes * 1e6; index++) {
    bytes += writeSync(file, `"model.large.${index}": ${node.join(`${index}`)},`)
  }
  writeSync(file, text.slice(opening.length))
  closeSync(file)
}
