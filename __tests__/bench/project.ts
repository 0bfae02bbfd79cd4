import { cpSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ROOT, type Workspace, workspaceWith } from '../e2e/workspace.ts'

/** The example, or so many views. */
export type Size = 'example' | number

/** A checkout with the project in it, for so many threads. */
export function projectOf(size: Size, threads: number): Workspace {
  const workspace = size === 'example' ? workspaceWith('example') : views(size)
  const profiles = join(folderOf(workspace), 'profiles.yml')
  writeFileSync(profiles, readFileSync(profiles, 'utf8').replace(/threads: \d+/, `threads: ${threads}`))
  return workspace
}

export function folderOf({ folder, projectDir }: Workspace): string {
  return join(folder, projectDir)
}

/** `200 views`. */
export function titleOf(size: Size): string {
  return size === 'example' ? 'the example' : `${size.toLocaleString('en-US')} views`
}

/** What an earlier run left, but for the database's file it is the same as a new checkout. */
export function clean(workspace: Workspace): void {
  for (const name of ['target', 'logs']) {
    rmSync(join(folderOf(workspace), name), { recursive: true, force: true })
  }
}

/** Views in rows of ten; each but those of the first row reads one of the row before. */
function views(count: number): Workspace {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'bench-')))
  const workspace = {
    ...{ folder: join(root, 'work'), projectDir: 'shop', temp: join(root, 'temp') },
    remove: () => rmSync(root, { recursive: true, force: true, maxRetries: 3 }),
  }
  const folder = folderOf(workspace)
  mkdirSync(join(folder, 'models'), { recursive: true })
  mkdirSync(workspace.temp)
  cpSync(join(ROOT, 'example/profiles.yml'), join(folder, 'profiles.yml'))
  writeFileSync(join(folder, 'dbt_project.yml'), 'name: bench\nversion: "1.0"\nprofile: bikes\n')
  for (let index = 0; index < count; index++) {
    const sql = index < 10 ? 'select 1 as id' : `select id from {{ ref('m${index - 10}') }}`
    writeFileSync(join(folder, 'models', `m${index}.sql`), `${sql}\n`)
  }
  return workspace
}
