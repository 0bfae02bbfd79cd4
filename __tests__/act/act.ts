/** Workflows run by act (https://nektosact.com), the runner's work without GitHub, against the stand-in. */
import { spawn } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, delimiter, join, resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import type { GitHub } from '../stand-in/github.ts'

const root = join(import.meta.dirname, '../..')
const act = join(root, '.cache/act/bin/act')
const dbt = join(root, '.cache/dbt/core/bin/dbt')

/** Why the tests here cannot run, if so. In CI they must. */
export const missing =
  process.env.CI === undefined ? [act, dbt].filter((program) => !existsSync(program)).join(', ') : ''

/** A line of `act --json`, as far as it is read here. */
type Line = {
  msg?: string
  /** Set where a step printed it. */
  raw_output?: boolean
  /** The decoded workflow command, `summary` and `set-output` among them. */
  command?: string
  content?: string
  stage?: string
  stepResult?: string
}

export type ActRun = {
  exitCode: number | null
  /** What the steps printed. */
  output: string
  summaries: string[]
  /** Results of the `post` steps. */
  posts: (string | undefined)[]
  /** All of it, to be shown where a test fails. */
  log: string
}

/** A secret of the caller's repository; `%20` is no blank. */
export const PASSWORD = 'correct%20horse'

export type Event = { github: GitHub; event: string; payload?: object }

/** Runs a workflow of workflows/, in a copy of this checkout. */
export function runAct(workflow: string, given: Event): Promise<ActRun> {
  return run(join(import.meta.dirname, 'workflows', workflow), given, () => [])
}

/**
 * Runs a workflow as users have it, by its path in this repository. What it fetches from GitHub comes from here:
 * OWNER/dbt-watcher is what would be published of this checkout (with DIST, as for npm's build), the caller's
 * repository is example/, and the actions of others are those in actions/.
 */
export function runPublished(workflow: string, given: Event): Promise<ActRun> {
  return run(join(root, workflow), given, (home) => {
    const watcher = join(home, 'watcher')
    mkdirSync(watcher)
    for (const name of ['action.yml', 'comment', '.github'])
      cpSync(join(root, name), join(watcher, name), { recursive: true })
    cpSync(resolve(process.env.DIST ?? join(root, 'dist')), join(watcher, 'dist'), { recursive: true })
    const caller = join(home, 'caller')
    const leftovers = ['target', 'logs', 'dbt_packages', '.user.yml']
    cpSync(join(root, 'example'), caller, {
      recursive: true,
      filter: (path) => !leftovers.includes(basename(path)),
    })
    const others = ['checkout', 'setup-python'].flatMap((name) =>
      usedVersions(name, workflow).map((used) => `${used}=${join(import.meta.dirname, 'actions', name)}`),
    )
    return [
      '--no-skip-checkout',
      ...[`OWNER/dbt-watcher@v0=${watcher}`, ...others].flatMap((word) => ['--local-repository', word]),
      ...['--env', `WATCHER=${watcher}`, '--env', `CALLER=${caller}`],
      ...['--secret', `WAREHOUSE_PASSWORD=${PASSWORD}`],
    ]
  })
}

/** `actions/checkout@…`, as this workflow and the reusable one name it. */
function usedVersions(name: string, workflow: string): string[] {
  const files = ['.github/workflows/dbt.yml', workflow].map((path) => readFileSync(join(root, path), 'utf8'))
  return [...new Set(files.join('\n').match(new RegExp(`actions/${name}@[\\w.]+`, 'g')))]
}

async function run(
  workflow: string,
  { github, event, payload = {} }: Event,
  more: (home: string) => string[],
): Promise<ActRun> {
  const home = mkdtempSync(join(tmpdir(), 'act-'))
  const eventFile = join(home, 'event.json')
  writeFileSync(eventFile, JSON.stringify(payload))
  const env = {
    GITHUB_REPOSITORY: github.repository,
    GITHUB_API_URL: github.url,
    GITHUB_GRAPHQL_URL: github.graphqlUrl,
    DBT: dbt,
    DBT_SEND_ANONYMOUS_USAGE_STATS: 'false',
  }
  const words = [
    ...[event, '--workflows', workflow, '--eventpath', eventFile],
    // No containers: steps run right here.
    ...['--platform', 'ubuntu-latest=-self-hosted', '--json', '--no-cache-server'],
    ...['--action-cache-path', join(home, 'actions'), '--secret', 'GITHUB_TOKEN=test-token'],
    ...Object.entries(env).flatMap(([name, value]) => ['--env', `${name}=${value}`]),
    ...more(home),
  ]
  // Node 24 first, as a runner has it; nothing else of this shell, CI and GITHUB_* above all.
  const path = [join(process.execPath, '..'), '/usr/local/bin', '/usr/bin', '/bin'].join(delimiter)
  const child = spawn(act, words, {
    cwd: root,
    env: { HOME: home, PATH: path },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  })
  try {
    const [exitCode, stdout, stderr] = await Promise.all([ended, text(child.stdout), text(child.stderr)])
    const lines = stdout
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line): Line => JSON.parse(line))
    return {
      exitCode,
      output: lines
        .filter((line) => line.raw_output)
        .map((line) => line.msg)
        .join(''),
      summaries: lines.filter((line) => line.command === 'summary').map((line) => line.content ?? ''),
      posts: lines.filter((line) => line.stage === 'Post' && line.stepResult).map((line) => line.stepResult),
      log: lines.map((line) => line.msg).join('') + stderr,
    }
  } finally {
    rmSync(home, { recursive: true, force: true })
  }
}
