import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'

export const ROOT = realpathSync(join(import.meta.dirname, '../..'))
const SCENARIOS = join(ROOT, '__tests__/scenarios')

/** A repository's checkout in a temporary folder, with a dbt project in it, and the runner's own folder beside it. */
export interface Workspace {
  /** GITHUB_WORKSPACE. */
  folder: string
  /** The input project-dir. */
  projectDir: string
  /** RUNNER_TEMP. */
  temp: string
  remove(): void
}

/** @param project `example`, or a folder of __tests__/projects; none of its packages is missing */
export function workspaceWith(project: string, projectDir = 'transform/shop'): Workspace {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'e2e-')))
  const folder = join(root, 'work')
  const temp = join(root, 'temp')
  const to = join(folder, projectDir)
  for (const path of [to, temp]) mkdirSync(path, { recursive: true })
  const from = project === 'example' ? join(ROOT, project) : join(ROOT, '__tests__/projects', project)
  const leftovers = new Set(['target', 'logs', 'dbt_packages', 'package-lock.yml', '.user.yml'])
  cpSync(from, to, { recursive: true, filter: (path) => !leftovers.has(basename(path)) })
  const local = existsSync(join(to, 'packages.yml')) ? readFileSync(join(to, 'packages.yml'), 'utf8') : ''
  for (const [, path = ''] of local.matchAll(/local: *(\S+)/g)) {
    // As `dbt deps` installs a package of the repository.
    mkdirSync(join(to, 'dbt_packages'), { recursive: true })
    symlinkSync(join('..', path), join(to, 'dbt_packages', basename(path)))
  }
  return {
    folder,
    projectDir,
    temp,
    remove: () => rmSync(root, { recursive: true, force: true, maxRetries: 3 }),
  }
}

/** What scenario.json says of a recorded run. */
export interface Scenario {
  name: string
  command: string[]
  /** A folder of .cache/dbt. */
  engine: string
  exitCode: number
  project: string
  interrupted?: string
}

export function scenarioOf(name: string): Scenario {
  return { name, ...JSON.parse(readFileSync(join(SCENARIOS, name, 'scenario.json'), 'utf8')) }
}

/** A file of a scenario; empty where it has none. */
export function recordedFile(name: string, file: string): string {
  const path = join(SCENARIOS, name, file)
  return existsSync(path) ? readFileSync(path, 'utf8') : ''
}
