/** Workflows run by act (https://nektosact.com), the runner's work without GitHub, against the stand-in. */
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
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

/** @param event its name and payload */
export async function runAct(
  workflow: string,
  { github, event, payload = {} }: { github: GitHub; event: string; payload?: object },
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
    ...[event, '--workflows', join(import.meta.dirname, 'workflows', workflow), '--eventpath', eventFile],
    // No containers: steps run right here.
    ...['--platform', 'ubuntu-latest=-self-hosted', '--json', '--no-cache-server'],
    ...['--action-cache-path', join(home, 'actions'), '--secret', 'GITHUB_TOKEN=test-token'],
    ...Object.entries(env).flatMap(([name, value]) => ['--env', `${name}=${value}`]),
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
