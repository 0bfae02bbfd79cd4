/** Packages with real dbt (script/install-dbt): installed before the first command where they are missing. */
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, realpathSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, expect, test, vi } from 'vitest'
import { type GitHub, startGitHub } from '../stand-in/github.ts'
import { type Result, runAction } from './action.ts'
import { testEngines } from './engines.ts'
import type { Workspace } from './workspace.ts'

vi.setConfig({ maxConcurrency: 2 })

const FILES = {
  'dbt_project.yml': 'name: shop\nversion: "1.0"\nprofile: shop\n',
  'profiles.yml': 'shop: { target: dev, outputs: { dev: { type: duckdb, path: shop.duckdb } } }\n',
  'packages.yml': 'packages: [{ local: parts/numbers }]\n',
  'models/two.sql': 'select {{ numbers.two() }} as n\n',
  'models/two.yml': 'version: 2\nmodels: [{ name: two, columns: [{ name: n, data_tests: [not_null] }] }]\n',
  'seeds/names.csv': 'id,name\n1,a\n',
  'parts/numbers/dbt_project.yml': 'name: numbers\nversion: "1.0"\n',
  'parts/numbers/macros/two.sql': '{% macro two() %}2{% endmacro %}\n',
}

/** A project in a folder of its own, whose package is declared and not installed. */
function projectWith(files: Record<string, string> = {}): Workspace {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'e2e-')))
  const folder = join(root, 'work')
  const temp = join(root, 'temp')
  mkdirSync(temp)
  for (const [name, text] of Object.entries({ ...FILES, ...files })) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), text)
  }
  return { folder, temp, projectDir: '.', remove: () => rmSync(root, { recursive: true, force: true }) }
}

/** The commands of dbt that the log shows, in groups. */
function groups({ log }: Result): string[] {
  return [...log.matchAll(/^::group::(.*)$/gm)].map(([, title]) => title ?? '')
}

function titleOf(github: GitHub): string {
  return `${github.checkRuns().findLast(({ name }) => name === 'dbt-watcher')?.output?.title}`
}

for (const { name: engine, dbt, skipped } of testEngines()) {
  describe.skipIf(skipped)(`packages with dbt ${engine}`, { concurrent: true }, () => {
    async function start(
      files: Record<string, string>,
      onTestFinished: (end: () => void | Promise<void>) => void,
    ) {
      const workspace = projectWith(files)
      const github = await startGitHub()
      onTestFinished(async () => {
        await github.close()
        workspace.remove()
      })
      const run = (inputs: Record<string, string>) => {
        const env = { DBT_SEND_ANONYMOUS_USAGE_STATS: 'false' }
        return runAction({ workspace, github, env, inputs: { dbt, report: '', rerun: 'never', ...inputs } })
      }
      return { workspace, github, run }
    }

    test('are installed once, and again when the lock is newer', async ({ onTestFinished }) => {
      const { workspace, run } = await start({}, onTestFinished)
      const first = await run({ command: 'seed\nrun\ntest\nlist\nbuild' })
      expect(first.exitCode, first.log).toBe(0)
      expect(groups(first)).toEqual(['dbt deps', 'dbt seed', 'dbt run', 'dbt test', 'dbt list', 'dbt build'])
      expect(first.outputs).toMatchObject({ total: '3', success: '3' })
      expect(first.summary).toContain('`dbt deps` ran no node: it installed the packages')
      // The command to copy is that of the node, not that of the packages.
      const second = await run({ command: "build --vars '{a: 1}'", 'test-behavior': 'after-all' })
      expect(second.exitCode, second.log).toBe(0)
      expect(groups(second)).toEqual([
        expect.stringMatching(/^dbt build .*--exclude-resource-type test/),
        "dbt test --vars '{a: 1}'",
      ])
      expect(second.outputs).toMatchObject({ total: '3', success: '3' })

      const later = new Date(Date.now() + 5_000)
      utimesSync(join(workspace.folder, 'package-lock.yml'), later, later)
      const third = await run({ command: 'run' })
      expect(groups(third), third.log).toEqual(['dbt deps', 'dbt run'])
      expect(third.exitCode, third.log).toBe(0)
    })

    test('a failure of theirs is that of the run, with its reason', async ({ onTestFinished }) => {
      const { run, github } = await start(
        { 'packages.yml': 'packages: [{ local: nowhere }]\n' },
        onTestFinished,
      )
      const result = await run({})
      expect(result.exitCode, result.log).toBe(1)
      expect(groups(result)).toEqual(['dbt deps'])
      expect(result.log).not.toContain('dbt deps again')
      expect(titleOf(github)).toMatch(/^dbt deps failed: no dbt_project.yml in \/.*\/nowhere$/)
    })

    test('are asked for three times where the network fails', async ({ onTestFinished }) => {
      let requests = 0
      const answer: RequestListener = (_, response) => {
        requests++
        response.writeHead(503).end()
      }
      const port = await listen(answer, onTestFinished)
      const address = `http://127.0.0.1:${port}/acme/macros.git`
      const packages = `packages: [{ git: "${address}", revision: v1 }]\n`
      const { run, github } = await start({ 'packages.yml': packages }, onTestFinished)
      const result = await run({ 'retry-delay': '0' })
      expect(result.exitCode, result.log).toBe(1)
      expect(result.log.match(/dbt deps again/g), result.log).toHaveLength(2)
      expect(requests).toBeGreaterThanOrEqual(3)
      expect(titleOf(github)).toMatch(
        /^dbt deps failed: package http:\S+macros\.git cannot be fetched: .*503/,
      )
    })
  })
}

/** Not on a port such as 40333: where git's error has a 403 anywhere, Fusion says that permission is denied. */
async function listen(answer: RequestListener, onTestFinished: (clean: () => void) => void): Promise<number> {
  for (;;) {
    const server = createServer(answer).listen(0, '127.0.0.1')
    onTestFinished(() => void server.close())
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    if (!`${port}`.includes('403')) return port
  }
}
