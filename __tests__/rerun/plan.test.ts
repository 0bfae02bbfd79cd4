/** What a run continues: each row is a situation and the plan that follows from it. */
import { describe, expect, test } from 'vitest'
import type { Context } from '../../src/github/context.ts'
import type { WorkflowRun } from '../../src/github/workflow-run.ts'
import { readInputs } from '../../src/inputs.ts'
import { continues, type Plan, planRerun } from '../../src/rerun/plan.ts'
import { type About, type SavedRun, VERSION } from '../../src/run/saved.ts'

const COMMIT = 'c'.repeat(40)
const HEAD = 'd'.repeat(40)
const EVENT_SHA = 'e'.repeat(40)
const SELECTOR = 'fqn:shop.order[s],package:shop,resource_type:model'

const ABOUT: About = {
  checkName: 'dbt-watcher',
  repository: 'acme/shop',
  job: 'build',
  workflow: '.github/workflows/dbt.yml',
  runId: '7',
  runAttempt: 1,
  sha: HEAD,
  commit: COMMIT,
  eventSha: EVENT_SHA,
  projectDir: '.',
  commands: [['build', '--full-refresh']],
  first: 0,
  select: '',
  partial: false,
  verdict: 'failure',
}

const RUN: WorkflowRun = {
  id: '7',
  status: 'completed',
  headRepository: 'acme/shop',
  path: '.github/workflows/dbt.yml',
  workflowId: 1,
  runAttempt: 1,
}

interface Situation {
  inputs?: Record<string, string>
  runId?: string
  attempt?: number
  /** The saved run: differences from one in which one model failed and one passed. Null where there is none. */
  about?: Partial<About>
  saved?: Partial<SavedRun> | null
  /** Of which attempt the saved run is. */
  savedAttempt?: number
  /** How GitHub shows the run that is continued. */
  run?: Partial<WorkflowRun> | { missing: string }
  commit?: string
}

function node(name: string, status: string, selector = ''): SavedRun['nodes'][number] {
  const result = { status, message: '', cause: '', invocation: 1, origin: '' }
  const about = { resourceType: 'model', materialized: 'view', relation: '' }
  return { uniqueId: `model.shop.${name}`, name, selector, earlier: [], ...about, ...result }
}

const NODES = [node('orders', 'error', SELECTOR), node('customers', 'success')]

async function planFor(situation: Situation): Promise<Plan> {
  const { inputs: given = {}, runId = '7', attempt = 2, saved, about, run } = situation
  const raw: Record<string, string> = { command: 'build --full-refresh', ...given }
  const { inputs, wrong } = readInputs((name) => raw[name])
  expect(wrong).toEqual([])
  const context: Context = {
    ...{ owner: 'acme', repo: 'shop', repositoryId: '', sha: HEAD, runId, runAttempt: `${attempt}` },
    ...{ serverUrl: '', apiUrl: '', graphqlUrl: '' },
  }
  if (!continues(inputs, context)) throw new Error('nothing is continued')
  const state: SavedRun = {
    ...{ version: VERSION, finished: true, reached: 0, engine: 'core', projectName: 'shop', nodes: NODES },
    ...saved,
    about: { ...ABOUT, ...about },
  }
  return await planRerun({
    inputs,
    context,
    workflow: '.github/workflows/dbt.yml',
    job: 'build',
    eventSha: EVENT_SHA,
    hide: (text) => text.replaceAll('s3cret', '***'),
    commit: situation.commit ?? COMMIT,
    find: async () =>
      saved === null
        ? { missing: 'it saved no state' }
        : { saved: state, runResults: '/state/run_results.json', attempt: situation.savedAttempt ?? 1 },
    workflowRun: async () => (run && 'missing' in run ? run : { ...RUN, ...run }),
  })
}

/** The plan in a few words. */
function inWords({ commands, first, earlier, sha, notices, refused }: Plan): string {
  if (refused.length > 0) return `refused: ${refused.join(' ')}`
  const what = commands.slice(first).map(({ words, selection }) => {
    return `${words.join(' ')} runs ${selection ? selection.selectors.join(' ') : 'everything'}`
  })
  const from = earlier ? ` after ${earlier.origin}` : ''
  const where = sha ? ` on ${sha.slice(0, 4)}` : ''
  const why = notices.length > 0 ? `: ${notices.join(' ')}` : ''
  return `${what.join(', then ')}${from}${where}${why}`
}

const ALL = 'build --full-refresh runs everything'

const SEVERAL = {
  inputs: { command: 'seed\nrun\ntest\ndocs generate' },
  about: { commands: [['seed'], ['run'], ['test'], ['docs', 'generate']] },
}

describe('a re-run of the job', () => {
  const rows: [string, Situation, string][] = [
    ['runs what failed', {}, `build --full-refresh runs ${SELECTOR} after attempt 1`],
    ['runs everything after a success', { about: { verdict: 'success' } }, ALL],
    [
      'runs everything without a state',
      { saved: null },
      `${ALL}: Everything runs: the state of attempt 1 cannot be read (it saved no state).`,
    ],
    [
      'runs everything after an attempt without a state',
      { attempt: 3 },
      `${ALL}: Everything runs: attempt 2 of this job saved no state.`,
    ],
    [
      'runs everything for another command',
      { about: { commands: [['build']] } },
      `${ALL}: Everything runs: attempt 1 ran another command.`,
    ],
    [
      'runs everything for another selection',
      { about: { select: 'orders' } },
      `${ALL}: Everything runs: attempt 1 ran another command.`,
    ],
    [
      'runs everything on another commit',
      { commit: 'f'.repeat(40) },
      `${ALL}: Everything runs: its state is of commit ${COMMIT}, and ${'f'.repeat(40)} is checked out.`,
    ],
    [
      'runs everything for the state of another job',
      { about: { job: 'other' } },
      `${ALL}: Everything runs: the state of attempt 1 is of the job other.`,
    ],
    [
      'runs everything where nothing was left',
      { saved: { nodes: [node('customers', 'success')] } },
      `${ALL}: Everything runs: attempt 1 left no node to run again.`,
    ],
    [
      'runs everything where a node has no exact selector',
      { saved: { nodes: [node('orders', 'error', 'orders+')] } },
      `${ALL}: Everything runs: not all that is left can be selected exactly.`,
    ],
    [
      'runs everything for a command without nodes',
      { inputs: { command: 'docs generate' } },
      'docs generate runs everything',
    ],
    [
      'begins with the command that failed',
      { ...SEVERAL, saved: { reached: 1 } },
      `run runs ${SELECTOR}, then test runs everything, then docs generate runs everything after attempt 1`,
    ],
    [
      'runs a failed command as a whole where it cannot run in parts',
      { ...SEVERAL, saved: { reached: 3 } },
      'docs generate runs everything after attempt 1',
    ],
    [
      'runs everything where no command began',
      { ...SEVERAL, saved: { reached: -1 } },
      'seed runs everything, then run runs everything, then test runs everything, then docs generate runs ' +
        'everything: Everything runs: no command of it began.',
    ],
  ]
  test.each(rows)('%s', async (_, situation, plan) => expect(inWords(await planFor(situation))).toBe(plan))

  test('runs everything where dbt did not finish', async () => {
    expect(inWords(await planFor({ saved: { finished: false } }))).toMatch(
      /^build --full-refresh runs everything: Everything runs: .*did not finish/,
    )
  })

  test('does not ask with rerun: never', async () => {
    await expect(planFor({ inputs: { rerun: 'never' } })).rejects.toThrow('nothing is continued')
  })
})

describe('a manual run with rerun-of', () => {
  const manual = (more: Situation = {}): Situation => ({
    runId: '8',
    attempt: 1,
    ...more,
    inputs: { 'rerun-of': '7', ...more.inputs },
  })
  const refused = (why: string) => `refused: Input rerun-of "7": ${why}.`
  const rows: [string, Situation, string][] = [
    [
      'runs what failed, with the flags and on the commit of that run',
      manual({ inputs: { command: 'build' } }),
      `build --full-refresh runs ${SELECTOR} after run 7 on dddd`,
    ],
    [
      'runs a part that a person selects',
      manual({ inputs: { select: 'orders' } }),
      'build --full-refresh runs orders after run 7 on dddd',
    ],
    [
      'continues several commands',
      manual({ ...SEVERAL, saved: { reached: 1 }, inputs: { command: 'docs generate' } }),
      `run runs ${SELECTOR}, then test runs everything, then docs generate runs everything after run 7 on dddd`,
    ],
    [
      'selects only for commands that take a selection',
      manual({
        about: { commands: [['run-operation', 'grant'], ['run']] },
        inputs: { command: 'run-operation grant\nrun', select: 'orders' },
      }),
      'run-operation grant runs everything, then run runs orders after run 7 on dddd',
    ],
    [
      'is refused for a macro that the workflow does not run',
      manual({ about: { commands: [['run-operation', 'drop_all'], ['run']] } }),
      refused('its command, run-operation, cannot be run in parts'),
    ],
    [
      'runs everything where dbt did not finish',
      manual({ saved: { finished: false } }),
      `${ALL} on dddd: Everything runs, although rerun-of is set: dbt did not finish in it.`,
    ],
    [
      'is refused without a state',
      manual({ saved: null }),
      refused('its state cannot be read (it saved no state)'),
    ],
    [
      'is refused for a run of a fork',
      manual({ run: { headRepository: 'mallory/shop' } }),
      refused('its code came from mallory/shop, not from acme/shop'),
    ],
    [
      'is refused for another workflow',
      manual({ run: { path: '.github/workflows/other.yml' } }),
      refused('it is of another workflow, .github/workflows/other.yml'),
    ],
    [
      'is refused while the run is in progress',
      manual({ run: { status: 'in_progress' } }),
      refused('it is still in progress (in_progress), and two would build the same nodes'),
    ],
    [
      'is refused without the permission',
      manual({ run: { missing: 'Resource not accessible by integration' } }),
      refused(
        'GitHub does not show it (Resource not accessible by integration); the job needs "permissions: actions: read"',
      ),
    ],
    [
      'is refused for a state of another repository',
      manual({ about: { repository: 'mallory/shop' } }),
      refused('its state is of mallory/shop, dbt-watcher'),
    ],
    [
      'is refused for a path that the workflow does not have',
      manual({ about: { commands: [['build', '--state', '/tmp/evil']] } }),
      refused('its command has --state /tmp/evil, where input command has none'),
    ],
    [
      'is refused for a command that runs code',
      manual({ about: { commands: [['build', '--args', '{}']] } }),
      refused('its command has --args, which can run anything'),
    ],
    [
      'is refused for a command with a secret',
      manual({ about: { commands: [['build', '--vars', '{t: ***}']] } }),
      refused('its command holds a secret, which is not stored'),
    ],
    ['is refused without a commit', manual({ about: { sha: 'main' } }), refused('its state names no commit')],
    [
      'is refused where nothing is left',
      manual({ saved: { nodes: [node('customers', 'success')] } }),
      refused('it left nothing to run again'),
    ],
    [
      'is refused for the run itself',
      { ...manual(), runId: '7' },
      refused('that is this run itself; a run is continued by its next attempt'),
    ],
  ]
  test.each(rows)('%s', async (_, situation, plan) => expect(inWords(await planFor(situation))).toBe(plan))
})
