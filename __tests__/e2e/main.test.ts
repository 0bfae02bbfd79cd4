/** Every recorded scenario, through the bundle, to check runs, outputs, log and summary. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type CheckRunRecord, type GitHub, startGitHub } from '../stand-in/github.ts'
import { type Result, RUN_ID, runAction, SHA } from './action.ts'
import { bareText } from './markdown.ts'
import { CONCLUSION, countsOf, rollUpOf, type Truth, truthOf, verdictOf } from './truth.ts'
import { ROOT, scenarioOf, type Workspace, workspaceWith } from './workspace.ts'

const NAMES = readdirSync(join(ROOT, '__tests__/scenarios'), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name)
const PREFIX = `${RUN_ID}/1/dbt-watcher/`

const cleanUp: (() => unknown)[] = []
afterAll(() => Promise.all(cleanUp.map((undo) => undo())))

interface Played {
  github: GitHub
  result: Result
  workspace: Workspace
}

/** A run mostly waits, so a few go at once; each is played once, for all of its tests. */
const AT_ONCE = 4
const plays = new Map(NAMES.map((name) => [name, Promise.withResolvers<Played>()]))
beforeAll(() => {
  const queue = [...plays]
  const work = async () => {
    for (let next = queue.shift(); next; next = queue.shift()) {
      const [name, { resolve, reject }] = next
      await play(name).then(resolve, reject)
    }
  }
  for (let i = 0; i < AT_ONCE; i++) work()
})

async function play(name: string): Promise<Played> {
  const scenario = scenarioOf(name)
  const github = await startGitHub()
  const workspace = workspaceWith(scenario.project)
  cleanUp.push(github.close, workspace.remove)
  const inputs = { 'project-dir': workspace.projectDir, checks: 'all', tests: 'each', 'max-checks': '1000' }
  const command = scenario.command.map((word) => `'${word}'`).join(' ')
  const env = { FAKE_DBT_SCENARIO: name }
  const result = await runAction({ workspace, github, inputs: { ...inputs, command }, env })
  return { github, result, workspace }
}

describe.each(NAMES)('%s', (name) => {
  const scenario = scenarioOf(name)
  const truth = truthOf(scenario)
  const played = () => plays.get(name)?.promise as Promise<Played>

  test('GitHub has nothing to complain about', async () => {
    const { github } = await played()
    expect(github.violations).toEqual([])
  })

  test('each node has a check run with the right end, and nothing is open', async () => {
    const { github } = await played()
    const runs = github.checkRuns()
    expect(runs.filter((run) => run.status !== 'completed').map((run) => run.name)).toEqual([])
    expect(runs.every((run) => run.headSha === SHA)).toBe(true)
    const wanted = [...truth.nodes.values()].map((node) => ({
      key: node.id,
      name: `dbt-watcher / ${node.title}`,
      conclusion: CONCLUSION[node.outcome],
    }))
    wanted.push({ key: 'rollup', name: 'dbt-watcher', conclusion: rollUpOf(truth) })
    expect(runs.map(shown).sort(byKey)).toEqual(wanted.sort(byKey))
  })

  test('outputs and exit code follow', async () => {
    const { github, result, workspace } = await played()
    const { outputs } = result
    const { total, success, warn, failed, skipped, cancelled } = countsOf(truth)
    const counts = { total, success, warn, failed, skipped, cancelled, 'exit-code': scenario.exitCode }
    expect(outputs).toMatchObject(
      Object.fromEntries(Object.entries(counts).map(([key, n]) => [key, String(n)])),
    )
    expect(success + warn + failed + skipped + cancelled).toBe(total)
    expect(outputs.status).toBe(verdictOf(truth))
    expect(result.exitCode).toBe(verdictOf(truth) === 'success' ? 0 : 1)
    const failedIds = [...truth.nodes.values()].filter((node) => node.counted && node.outcome === 'failed')
    expect(JSON.parse(outputs['failed-nodes'] ?? '').sort()).toEqual(failedIds.map((node) => node.id).sort())
    const rollUp = github.checkRuns().find((run) => run.name === 'dbt-watcher')
    expect(outputs['check-url']).toBe(rollUp?.url)
    const target = join(workspace.folder, workspace.projectDir, 'target')
    for (const [output, file] of [
      ['manifest', 'manifest.json'],
      ['run-results', 'run_results.json'],
    ] as const) {
      const path = [file, output === 'run-results' ? 'sources.json' : file]
        .map((f) => join(target, f))
        .find(existsSync)
      expect(outputs[output]).toBe(path ?? '')
    }
  })

  test('failures and warnings are annotated on lines that exist', async () => {
    const { github, workspace } = await played()
    const runs = new Map(github.checkRuns().map((run) => [run.externalId?.slice(PREFIX.length), run]))
    for (const node of truth.nodes.values()) {
      const noteworthy = node.outcome === 'failed' || node.outcome === 'warn'
      const annotations = runs.get(node.id)?.annotations ?? []
      expect(annotations, node.id).toHaveLength(noteworthy ? 1 : 0)
      for (const { path, startLine, endLine, annotationLevel, message } of annotations) {
        const lines = readFileSync(join(workspace.folder, path), 'utf8').split('\n')
        expect(path).toMatch(new RegExp(`^${workspace.projectDir}/`))
        expect(path).not.toMatch(/dbt_packages|target\//)
        expect(startLine, `${path} of ${node.id}`).toBeLessThanOrEqual(lines.length)
        expect(endLine).toBe(startLine)
        expect(annotationLevel).toBe(node.outcome === 'failed' ? 'failure' : 'warning')
        expect(message.trim()).not.toBe('')
      }
    }
    // dbt's own error is no node's: it stands on the roll-up, in the file that dbt names.
    const all = runs.get('rollup')?.annotations ?? []
    const own = all.filter(({ annotationLevel }) => annotationLevel === 'failure')
    // So do its warnings, and no others.
    const warnings = all.filter((annotation) => !own.includes(annotation))
    expect(warnings.every(({ title }) => title?.startsWith('dbt: '))).toBe(true)
    if (truth.ownWarnings.length === 0) expect(warnings).toEqual([])
    const nodeFailed = [...truth.nodes.values()].some((node) => node.outcome === 'failed')
    const most = nodeFailed || truth.exitCode === 0 ? 0 : new Set(truth.ownErrors).size
    expect(own.length).toBeLessThanOrEqual(most)
    if (name === 'v2-oss-warn-error') expect(own).toHaveLength(2)
    for (const { path } of all) expect(existsSync(join(workspace.folder, path))).toBe(true)
    if (name === 'core-unparsable') expect(own[0]).toMatchObject({ startLine: 2 })
  })

  test('a skipped node names its cause and links to it', async () => {
    const { github } = await played()
    const runs = new Map(github.checkRuns().map((run) => [run.externalId?.slice(PREFIX.length), run]))
    for (const node of truth.nodes.values()) {
      if (node.status !== 'skipped') continue
      const { title, summary } = runs.get(node.id)?.output ?? {}
      const named = [...truth.nodes.values()].filter((other) => title === `skipped because of ${other.title}`)
      if (node.causes.size > 0) {
        expect([...node.causes], `${node.id}: ${title}`).toContain(named[0]?.id)
        expect(summary).toContain(`](${runs.get(named[0]?.id)?.url})`)
      } else {
        // Blocked by a hook or by --fail-fast: no edge leads to the cause.
        expect(named.every((other) => other.outcome === 'failed')).toBe(true)
      }
    }
  })

  test('nothing that dbt printed is a command, Markdown or HTML', async () => {
    const { github, result } = await played()
    const { failed, warn } = outcomes(truth)
    const names = result.commands.map((command) => command.name)
    const count = (name: string) => names.filter((other) => other === name).length
    const verdict = verdictOf(truth)
    expect(
      names.filter((name) => !['group', 'endgroup', 'error', 'warning', 'notice'].includes(name)),
    ).toEqual([])
    expect([count('group'), count('endgroup')]).toEqual([1, 1])
    // At most ten of each are shown, and one of the errors is the step's own.
    expect(count('error')).toBe(Math.min(9, failed) + (verdict === 'success' ? 0 : 1))
    const warnings = result.commands.filter((command) => command.name === 'warning')
    const own = warnings.filter(({ properties }) => /^dbt\b/.test(properties.title ?? ''))
    expect(warnings.length - own.length).toBe(Math.min(9, warn))
    // Warnings of dbt itself are on the roll-up, where they name a file, or here.
    const placed = github.checkRuns().find((run) => run.name === 'dbt-watcher')?.annotations ?? []
    const shown = own.length + placed.filter(({ annotationLevel }) => annotationLevel === 'warning').length
    expect(shown > 0).toBe(truth.ownWarnings.length > 0 || truth.matchesNothing)
    expect(count('notice')).toBe(0)
    for (const { properties } of result.commands) expect(properties).not.toHaveProperty('file')

    const texts = [
      result.summary,
      ...github.checkRuns().flatMap(({ output }) => [output.summary, output.text]),
    ]
    for (const text of texts) expect(bareText(text ?? '', github.repository)).toEqual([])
    for (const run of github.checkRuns()) expect(`${run.name}${run.output.title}`).not.toMatch(/\p{Cc}/u)
  })
})

function shown(run: CheckRunRecord) {
  const key = run.externalId?.startsWith(PREFIX) ? run.externalId.slice(PREFIX.length) : `?${run.externalId}`
  return { key, name: run.name, conclusion: run.conclusion }
}

function byKey(a: { key: string }, b: { key: string }): number {
  return a.key < b.key ? -1 : 1
}

/** Of all that is shown, hooks too. */
function outcomes({ nodes }: Truth): { failed: number; warn: number } {
  const count = (outcome: string) => [...nodes.values()].filter((node) => node.outcome === outcome).length
  return { failed: count('failed'), warn: count('warn') }
}
