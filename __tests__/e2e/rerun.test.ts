/** Retries, re-runs and runs by hand, on the bundle, with a made-up dbt that follows the selection that it gets. */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { beforeAll, describe, type ExpectStatic, type onTestFinished as Finished, test, vi } from 'vitest'
import { artifactName, STATE_PREFIX } from '../../src/github/artifacts.ts'
import { commentBody } from '../../src/report/comment.ts'
import { artifacts as ofService } from '../stand-in/faults.ts'
import type { GitHub } from '../stand-in/github.ts'
import type { Options } from '../stand-in/options.ts'
import { filesOf } from '../stand-in/zip.ts'
import {
  type DbtRecord,
  isAlive,
  type Result,
  RUN_ID,
  type Running,
  readRecord,
  runPost,
  SHA,
  type Step,
} from './action.ts'
import { cancel } from './cancel.ts'
import { patience } from './patience.ts'
import { conclusionsOf, type Stage, stageFor } from './stage.ts'

// Nearly all of the time is waiting for programs to start.
vi.setConfig({ maxConcurrency: 8 })

/** a fails, and what hangs on it is skipped; a test of d. */
const GRAPH = 'a b<a c<b d test_d<d'
const ALL = ['a', 'b', 'c', 'd', 'test_d']
const LEFT = ['a', 'b', 'c']
type Fates = Record<string, string>
const BAD: Fates = { a: 'error: boom' }
const WORKFLOW = '.github/workflows/dbt.yml'

/** What one process of dbt meets: statuses, or other variables of the stand-in. */
type Turn = { fates?: Fates; env?: Record<string, string> }

type Played = Result & { ran: string[][]; words: string[][]; notices: string[] }

type More = Partial<Step> & { turns?: Turn[]; graph?: string }

interface Scene extends Stage {
  play(more?: More): Promise<Played>
  begin(more?: More): Running
  post(result: Result, more?: More): Promise<Result>
  ran(): string[][]
  names(): string[]
}

/** What was saved to be continued, the newest first; the report is an artifact too. */
function statesOf(github: GitHub) {
  return github.artifacts().filter(({ name }) => name.startsWith(STATE_PREFIX))
}

async function sceneFor(onTestFinished: typeof Finished, options: Options = {}): Promise<Scene> {
  const stage = await stageFor(1, onTestFinished, { remaining: 50_000, ...options })
  const { record, github } = stage
  const records = () => readRecord(record) as (DbtRecord & { ran?: string[] })[]
  const step = ({ turns = [{}], graph = GRAPH, inputs, env, ...more }: More = {}): Partial<Step> => ({
    artifacts: true,
    inputs: { tests: 'each', 'retry-delay': '0', ...inputs },
    env: {
      ...{ FAKE_DBT_GRAPH: graph, GITHUB_WORKFLOW_REF: `octo/jaffle/${WORKFLOW}@refs/heads/main` },
      FAKE_DBT_TURNS: JSON.stringify(
        turns.map((turn) => ({ FAKE_DBT_FATES: JSON.stringify(turn.fates ?? {}), ...turn.env })),
      ),
      ...env,
    },
    ...more,
  })
  const begin = (more?: More) => {
    rmSync(record, { force: true })
    return stage.start(step(more))
  }
  return {
    ...stage,
    begin,
    play: async (more) => {
      const result = await begin(more).done
      const words = records().flatMap(({ argv }) => (argv ? [argv] : []))
      const notices = result.commands.filter(({ name }) => name === 'notice').map(({ data }) => data)
      return { ...result, ran: records().flatMap(({ ran }) => (ran ? [ran] : [])), words, notices }
    },
    post: (result, more) => runPost(stage.step(step(more)), result.state),
    ran: () => records().flatMap(({ ran }) => (ran ? [ran] : [])),
    names: () => statesOf(github).flatMap(({ name, id }) => (id === undefined ? [] : [name])),
  }
}

// biome-ignore lint/suspicious/noExplicitAny: a state that a test may make into anything
type State = any

/** What attempt 1 saves where a fails. */
let files: Record<string, string> = {}
const stateWith = (change: (state: State) => void = () => {}) => {
  const state = JSON.parse(files['state.json'] ?? '')
  change(state)
  return { ...files, 'state.json': JSON.stringify(state) }
}
const NAME = artifactName('dbt-watcher', '1', 'main')

beforeAll(async () => {
  const done: (() => unknown)[] = []
  const scene = await sceneFor(((close: () => unknown) => done.push(close)) as unknown as typeof Finished)
  await scene.play({ turns: [{ fates: BAD }] })
  const [artifact] = statesOf(scene.github)
  if (!artifact) throw new Error('Attempt 1 saved no state')
  const found = Object.entries(filesOf(artifact.content))
  files = Object.fromEntries(found.map(([name, content]) => [name, content.toString('utf8')]))
  for (const close of done) await close()
}, 120_000)

/** Whatever else: nothing open, nothing refused by GitHub, no stack trace. */
function expectCalm(expect: ExpectStatic, { github }: Scene, { log }: Result) {
  expect(github.checkRuns().filter(({ status }) => status !== 'completed')).toEqual([])
  expect(github.violations).toEqual([])
  expect(log).not.toMatch(/\n\s+at .*\.js:\d+/)
}

describe.concurrent('re-run failed jobs', () => {
  test('runs what is left, and takes the rest over', async ({ expect, onTestFinished }) => {
    const scene = await sceneFor(onTestFinished)
    scene.github.addArtifact({ runId: Number(RUN_ID), name: NAME, files: stateWith() })
    const two = await scene.play({ attempt: 2 })
    expect(two.exitCode, two.log).toBe(0)
    expect(two.ran).toEqual([LEFT])
    expect(two.notices).toEqual([])
    expect(two.outputs).toMatchObject({ status: 'success', total: '5', success: '5', failed: '0' })
    expect(Object.keys(conclusionsOf(scene.checks('dbt-watcher', 2)))).toHaveLength(6)
    expectCalm(expect, scene, two)
  })

  const full: [string, string, (scene: Scene) => More | undefined][] = [
    ['is missing', 'it saved no state', () => undefined],
    ['is damaged', 'it is damaged', ({ github }) => add(github, { 'state.json': '{"version":2,' })],
    ['is empty', 'there is none', ({ github }) => add(github, { 'other.txt': 'x' })],
    [
      'is of another version',
      'of another version of dbt-watcher',
      ({ github }) =>
        add(
          github,
          stateWith((state) => Object.assign(state, { version: 1 })),
        ),
    ],
    [
      'has wrong types',
      'it is damaged',
      ({ github }) =>
        add(
          github,
          stateWith((state) => Object.assign(state.nodes[0], { message: 7 })),
        ),
    ],
    [
      'is of another commit',
      `its state is of commit ${SHA}`,
      ({ github }) => add(github, stateWith(), { env: { GITHUB_SHA: 'f'.repeat(40) } }),
    ],
    [
      'is of another command',
      'attempt 1 ran another command',
      ({ github }) => add(github, stateWith(), { inputs: { command: 'build --full-refresh' } }),
    ],
    [
      'is of another selection',
      'attempt 1 ran another command',
      ({ github }) => add(github, stateWith(), { inputs: { select: 'a b c d' } }),
    ],
    [
      'is of another check-name',
      'its state is of octo/jaffle, other',
      ({ github }) =>
        add(
          github,
          stateWith(({ about }) => Object.assign(about, { checkName: 'other' })),
        ),
    ],
    [
      'is of another job',
      'job',
      ({ github }) => add(github, stateWith(), { env: { GITHUB_JOB: 'production' } }),
    ],
    [
      'is of a dbt that did not finish',
      'dbt did not finish in attempt 1',
      ({ github }) =>
        add(
          github,
          stateWith((state) => Object.assign(state, { finished: false })),
        ),
    ],
    [
      'selects what it likes',
      'not all that is left can be selected exactly',
      ({ github }) =>
        add(
          github,
          stateWith(({ nodes }) => Object.assign(nodes[0], { selector: '--project-dir=/x' })),
        ),
    ],
    [
      'cannot be downloaded',
      'cannot be read',
      ({ github }) => {
        github.earlierArtifacts = 'listed'
        github.fault = ({ path }) => (path.endsWith('/zip') ? { status: 503, effect: 'before' } : undefined)
        return add(github, stateWith())
      },
    ],
    [
      'cannot be asked for',
      'cannot be read',
      ({ github }) => {
        github.fault = (seen) =>
          ofService(seen) || seen.path.includes('/actions/') ? { outage: true } : undefined
        return add(github, stateWith())
      },
    ],
    [
      'is of the attempt before the last',
      'attempt 2 of this job saved no state',
      ({ github }) => ({ ...add(github, stateWith()), attempt: 3 }),
    ],
  ]
  for (const [title, why, prepare] of full) {
    test(`everything runs where the state ${title}`, async ({ expect, onTestFinished }) => {
      const scene = await sceneFor(onTestFinished)
      const more = prepare(scene)
      const result = await scene.play({ attempt: 2, turns: [{ fates: BAD }], ...more })
      expect(result.ran, result.log).toEqual([ALL])
      expect(result.notices).toEqual([expect.stringMatching(/^Everything runs: /)])
      expect(result.notices[0]).toContain(why)
      expect(result.summary).toContain('Everything runs: ')
      expect(result.outputs).toMatchObject({ status: 'failure', 'exit-code': '1', total: '5', failed: '1' })
      expect(result.exitCode).toBe(1)
      expectCalm(expect, scene, result)
    })
  }

  test('is off where rerun says never, and where the step succeeded', async ({ expect, onTestFinished }) => {
    const scene = await sceneFor(onTestFinished)
    const asked = () =>
      scene.github.requests.filter(
        ({ method, path }) => /List|GET/.test(`${method} ${path}`) && /artifacts|ListArtifacts/.test(path),
      )
    add(scene.github, stateWith())
    const never = await scene.play({ attempt: 2, inputs: { rerun: 'never' } })
    expect([never.ran, never.notices, asked()]).toEqual([[ALL], [], []])
    // Attempt 2 succeeded; attempt 3 is of another job's failure.
    const three = await scene.play({ attempt: 3 })
    expect([three.ran, three.notices]).toEqual([[ALL], []])
    expect(asked().length).toBeGreaterThan(0)
  })

  test('reads the state without a token, or where REST fails', async ({ expect, onTestFinished }) => {
    const scene = await sceneFor(onTestFinished)
    add(scene.github, stateWith())
    const none = await scene.play({ attempt: 2, inputs: { 'github-token': '' }, turns: [{ fates: BAD }] })
    expect([none.ran, none.notices]).toEqual([[LEFT], []])
    scene.github.grants.actions = 'none'
    const three = await scene.play({ attempt: 3 })
    expect([three.ran, three.notices]).toEqual([[LEFT], []])
  })

  test('two jobs with one check-name, as of a reusable workflow, continue nothing', async ({
    expect,
    onTestFinished,
  }) => {
    const scene = await sceneFor(onTestFinished)
    await scene.play({ turns: [{ fates: BAD }] })
    // Another runner, whose job has the same id.
    rmSync(scene.workspace.temp, { recursive: true })
    mkdirSync(scene.workspace.temp)
    const other = await scene.play({ turns: [{ fates: { d: 'error' } }] })
    await scene.post(other)
    expect(scene.names()).toHaveLength(2)
    const two = await scene.play({ attempt: 2, turns: [{ fates: BAD }] })
    expect(two.ran, two.log).toEqual([ALL])
    expect(two.notices).toEqual([
      expect.stringContaining('two jobs saved one, since they have one check-name'),
    ])
  })

  test('two jobs of one run do not take each other’s state', async ({ expect, onTestFinished }) => {
    const scene = await sceneFor(onTestFinished)
    const other = { inputs: { 'check-name': 'other' }, id: 'other' }
    await scene.play({ turns: [{ fates: BAD }] })
    await scene.play({ ...other, turns: [{ fates: { d: 'error' } }] })
    const [one, two] = [await scene.play({ attempt: 2 }), await scene.play({ ...other, attempt: 2 })]
    expect([one.ran, two.ran]).toEqual([[LEFT], [['d', 'test_d']]])
    expect([...one.notices, ...two.notices]).toEqual([])
  })
})

/** A project that does not parse. */
const UNPARSABLE: Turn = {
  env: { FAKE_DBT_GRAPH: '', FAKE_DBT_NODES: '', FAKE_DBT_SCENARIO: 'core-unparsable' },
}

describe.concurrent('an attempt that began no node leaves what there was', () => {
  const only = (node: string): Turn => ({ env: { FAKE_DBT_GRAPH: node } })
  const failed: [string, Record<string, string>, string[]][] = [
    ['the project does not parse', {}, ['build']],
    ['packages cannot be installed', { deps: 'always' }, ['deps', 'build']],
  ]
  for (const [title, given, words] of failed) {
    test(title, async ({ expect, onTestFinished }) => {
      const scene = await sceneFor(onTestFinished)
      const inputs = { command: 'seed\nbuild', ...given }
      const before = words.slice(1).map(() => only('package'))
      const one = await scene.play({ inputs, turns: [...before, only('seed'), { fates: BAD }] })
      expect(one.outputs, one.log).toMatchObject({ failed: '1', skipped: '2' })
      const two = await scene.play({ inputs, attempt: 2, turns: [UNPARSABLE] })
      expect(two.outputs, two.log).toMatchObject({ status: 'failure', failed: '1', skipped: '2' })
      const three = await scene.play({ inputs, attempt: 3, turns: [...before, {}] })
      expect([three.ran.at(-1), three.notices], three.log).toEqual([LEFT, []])
      expect(three.words.map(([name]) => name)).toEqual(words)
      expect(three.outputs).toMatchObject({ status: 'success', failed: '0', skipped: '0' })
      expectCalm(expect, scene, three)
    })
  }
})

/** What comes after something else was done. */
const after = <T>(_: unknown, then: T): T => then

function add(github: Stage['github'], given: Record<string, string>, more: More = {}): More {
  github.addArtifact({ runId: Number(RUN_ID), name: NAME, files: given })
  return more
}

describe.concurrent('the state is uploaded', () => {
  test('by main, once', async ({ expect, onTestFinished }) => {
    const scene = await sceneFor(onTestFinished)
    const one = await scene.play({ turns: [{ fates: BAD }] })
    expect(scene.names()).toEqual([NAME])
    const [artifact] = statesOf(scene.github)
    expect(Object.keys(filesOf(artifact?.content ?? Buffer.alloc(0)))).toEqual([
      'state.json',
      'run_results.json',
    ])
    expect((await scene.post(one)).exitCode).toBe(0)
    expect(scene.names()).toEqual([NAME])
  })

  for (const signal of ['SIGINT', 'SIGKILL'] as const) {
    test(`by post after ${signal}, and then everything runs`, async ({ expect, onTestFinished }) => {
      const scene = await sceneFor(onTestFinished)
      const running = scene.begin({
        turns: [{ fates: BAD, env: { FAKE_DBT_PAUSE_AT: 'Finished running node model.shop.c' } }],
      })
      await running.said('ERROR a')
      await sleep(500)
      running.kill(signal)
      const one = await running.done
      expect(scene.names()).toEqual([])
      const post = await scene.post(one)
      expect(post.commands.filter(({ name }) => name === 'warning')).toEqual([])
      expect(scene.names()).toEqual([artifactName('dbt-watcher', '1', 'post')])
      await scene.post(one)
      expect(scene.names()).toHaveLength(1)
      const two = await scene.play({ attempt: 2 })
      expect(two.ran).toEqual([ALL])
      expect(two.notices).toEqual([expect.stringContaining('dbt did not finish in attempt 1')])
      expect(two.outputs).toMatchObject({ status: 'success', total: '5' })
    })
  }

  test('by post under another name where the answer to main was lost', async ({ expect, onTestFinished }) => {
    const scene = await sceneFor(onTestFinished)
    scene.github.fault = ({ path }) =>
      path.endsWith('/CreateArtifact') ? { reset: true, effect: 'after' } : undefined
    const one = await scene.play({ turns: [{ fates: BAD }] })
    scene.github.fault = undefined
    expect([one.exitCode, one.notices, scene.names()]).toEqual([1, [], []])
    await scene.post(one)
    expect(scene.names()).toEqual([artifactName('dbt-watcher', '1', 'post')])
    expect((await scene.play({ attempt: 2 })).ran).toEqual([LEFT])
  })

  test('not at all where the service cannot be reached, without a warning', async ({
    expect,
    onTestFinished,
  }) => {
    const scene = await sceneFor(onTestFinished)
    const one = await scene.play({ artifacts: false, turns: [{ fates: BAD }] })
    const warnings = one.commands.filter(({ name }) => name === 'warning')
    expect([one.exitCode, one.notices, warnings]).toEqual([1, [], []])
    expect(one.log).toContain('is no artifact')
    expect((await scene.post(one, { artifacts: false })).exitCode).toBe(0)
  })
})

test.concurrent('an artifact service that is ill does not hold the step for long', async ({
  expect,
  onTestFinished,
}) => {
  const scene = await sceneFor(onTestFinished)
  scene.github.fault = (seen) => (ofService(seen) ? { status: 503, effect: 'before' } : undefined)
  const one = await scene.play({ turns: [{ fates: BAD }] })
  expect(one.exitCode).toBe(1)
  // As long as GitHub itself may hold it.
  expect(one.durationMs).toBeLessThan(patience(40_000))
})

test.concurrent('an API that is ill does not hide the state', async ({ expect, onTestFinished }) => {
  const scene = await sceneFor(onTestFinished)
  add(scene.github, stateWith())
  scene.github.fault = ({ path }) =>
    path.includes('/actions/') ? { status: 503, effect: 'before' } : undefined
  const two = await scene.play({ attempt: 2 })
  expect([two.ran, two.notices]).toEqual([[LEFT], []])
  expect(two.durationMs).toBeLessThan(patience(30_000))
})

describe.concurrent('a run by hand', () => {
  const HAND = {
    runId: '8800',
    event: ['workflow_dispatch', {}] as [string, object],
    inputs: { 'rerun-of': RUN_ID },
  }
  /** The run that failed, as GitHub shows it, with its state. */
  const ended = { id: Number(RUN_ID), status: 'completed', conclusion: 'failure', path: WORKFLOW } as const
  const command = (...words: string[]) =>
    stateWith(({ about }) => Object.assign(about, { commands: [words] }))

  test('continues what failed, with its flags, on its commit', async ({ expect, onTestFinished }) => {
    const scene = await sceneFor(onTestFinished)
    scene.github.addRun(ended)
    const given = stateWith(({ about }) =>
      Object.assign(about, { commands: [['build', '--full-refresh']], sha: 'b'.repeat(40) }),
    )
    add(scene.github, given)
    const result = await scene.play(HAND)
    expect(result.exitCode, result.log).toBe(0)
    expect(result.ran).toEqual([LEFT])
    expect(result.words[0]).toContain('--full-refresh')
    expect(new Set(scene.github.checkRuns().map(({ headSha }) => headSha))).toEqual(new Set(['b'.repeat(40)]))
  })

  const refused: [string, string, (scene: Scene) => More | undefined][] = [
    [
      'is in progress',
      'still in progress (in_progress)',
      ({ github }) =>
        after(github.addRun({ ...ended, status: 'in_progress', conclusion: null }), add(github, stateWith())),
    ],
    [
      'is of a fork',
      'its code came from mallory/jaffle',
      ({ github }) =>
        after(github.addRun({ ...ended, headRepository: 'mallory/jaffle' }), add(github, stateWith())),
    ],
    [
      'is of a fork that is gone',
      'a repository that is gone',
      ({ github }) => after(github.addRun({ ...ended, headRepository: null }), add(github, stateWith())),
    ],
    [
      'is of another workflow',
      'of another workflow, .github/workflows/other.yml',
      ({ github }) =>
        after(github.addRun({ ...ended, path: '.github/workflows/other.yml' }), add(github, stateWith())),
    ],
    ['is unknown', 'GitHub does not show it (Not Found', () => undefined],
    [
      'saved nothing',
      'its state cannot be read (it saved no state)',
      ({ github }) => after(github.addRun(ended), undefined),
    ],
    ['is the run itself', 'that is this run itself', () => ({ inputs: { 'rerun-of': '8800' } })],
    [
      'was of another commit',
      'its state is of commit',
      ({ github }) =>
        after(github.addRun(ended), add(github, stateWith(), { env: { GITHUB_SHA: 'f'.repeat(40) } })),
    ],
    [
      'has other path flags',
      'its command has --target-path out, where input command has none',
      ({ github }) => after(github.addRun(ended), add(github, command('build', '--target-path', 'out'))),
    ],
    ...(
      [
        [['build', '--profiles-dir', '/evil'], '--profiles-dir /evil'],
        [['--project-dir=/evil', 'build'], '--project-dir /evil'],
        [['build', '--target', '--target', '--profiles-dir', '/evil'], '--profiles-dir /evil'],
        [['build', '-r/evil'], '/evil'],
        [['source', 'freshness', '-o', '/evil'], '-o /evil'],
        [['/bin/sh', '-c', 'id'], 'its command, /bin/sh, cannot be run in parts'],
        [['run-operation', 'drop_all'], 'its command, run-operation, cannot be run in parts'],
        [[], 'cannot be run in parts'],
        [['build', '--vars', '{token: ***}'], 'its command holds a secret'],
      ] as [string[], string][]
    ).map(([words, why]): [string, string, (scene: Scene) => More] => [
      `says that it ran ${words.join(' ') || 'nothing'}`,
      why,
      ({ github }) => after(github.addRun(ended), add(github, command(...words))),
    ]),
    [
      'is 10 MB of something else',
      'it is damaged',
      ({ github }) =>
        after(github.addRun(ended), add(github, { 'state.json': `[${'"x",'.repeat(2_500_000)}1]` })),
    ],
    [
      'has wrong types',
      'it is damaged',
      ({ github }) =>
        after(
          github.addRun(ended),
          add(
            github,
            stateWith((state) => Object.assign(state, { nodes: { length: 9 } })),
          ),
        ),
    ],
    [
      'has a prototype',
      'it is damaged',
      ({ github }) =>
        after(github.addRun(ended), add(github, { 'state.json': '{"__proto__":{"version":1,"nodes":[]}}' })),
    ],
    [
      'names no commit for its checks',
      'its state names no commit',
      ({ github }) =>
        after(
          github.addRun(ended),
          add(
            github,
            stateWith(({ about }) => Object.assign(about, { sha: 'main' })),
          ),
        ),
    ],
    [
      'left nothing',
      'it left nothing to run again',
      ({ github }) =>
        after(
          github.addRun(ended),
          add(
            github,
            stateWith((state) =>
              Object.assign(state, {
                nodes: state.nodes.map((node: State) => ({ ...node, status: 'success' })),
              }),
            ),
          ),
        ),
    ],
  ]
  for (const [title, why, prepare] of refused) {
    test(`is refused where the run ${title}`, async ({ expect, onTestFinished }) => {
      const scene = await sceneFor(onTestFinished)
      const more = prepare(scene)
      const result = await scene.play({ ...HAND, ...more })
      expect(result.words, result.log).toEqual([])
      expect(result.exitCode).toBe(1)
      const errors = result.commands.filter(({ name }) => name === 'error').map(({ data }) => data)
      expect(errors).toEqual([expect.stringContaining(why)])
      expect(errors[0]).toMatch(/^dbt did not start: Input rerun-of "\d+": /)
      const own = scene.github.checkRuns()
      expect(own.map(({ name, conclusion }) => [name, conclusion])).toEqual([['dbt-watcher', 'failure']])
      expect(own[0]?.output.title).toContain('Input rerun-of')
      expectCalm(expect, scene, result)
    })
  }

  test('that was refused leaves nothing for its own re-run to go by', async ({ expect, onTestFinished }) => {
    const scene = await sceneFor(onTestFinished)
    const run = scene.github.addRun({ ...ended, status: 'in_progress', conclusion: null })
    add(
      scene.github,
      stateWith(({ about }) => Object.assign(about, { sha: 'b'.repeat(40) })),
    )
    const one = await scene.play(HAND)
    await scene.post(one, HAND)
    expect(one.words).toEqual([])
    Object.assign(run, ended)
    const two = await scene.play({ ...HAND, attempt: 2 })
    expect(two.ran, two.log).toEqual([LEFT])
    const again = scene.github.checkRuns().filter(({ externalId }) => externalId?.startsWith('8800/2/'))
    expect(new Set(again.map(({ headSha }) => headSha))).toEqual(new Set(['b'.repeat(40)]))
  })

  test('of a run that succeeded runs nothing, and is no failure', async ({ expect, onTestFinished }) => {
    const scene = await sceneFor(onTestFinished)
    await scene.play()
    Object.assign(scene.github.workflowRuns.find(({ id }) => id === ended.id) ?? {}, ended)
    const one = await scene.play(HAND)
    expect([one.ran, one.exitCode], one.log).toEqual([[], 0])
    expect(one.notices).toEqual([`Nothing runs: run ${RUN_ID} left nothing to run again.`])
    expect(one.outputs).toMatchObject({ status: 'success', total: '5', success: '5' })
    expect(one.summary).toContain(`the results of the others are from run ${RUN_ID}.`)
    Object.assign(scene.github.workflowRuns.find(({ id }) => id === 8800) ?? {}, { ...ended, id: 8800 })
    const two = await scene.play({ ...HAND, runId: '8801', inputs: { 'rerun-of': '8800' } })
    expect([two.ran, two.exitCode], two.log).toEqual([[], 0])
    expectCalm(expect, scene, two)
  })

  test('of a part: its own re-run runs what that has left', async ({ expect, onTestFinished }) => {
    const scene = await sceneFor(onTestFinished)
    scene.github.addRun(ended)
    add(scene.github, stateWith())
    const part = { ...HAND, inputs: { ...HAND.inputs, select: 'a b' } }
    const one = await scene.play({ ...part, turns: [{ fates: { b: 'error' } }] })
    expect([one.ran, one.outputs.status]).toEqual([[['a', 'b']], 'failure'])
    const two = await scene.play({ ...part, attempt: 2 })
    expect(two.ran, two.log).toEqual([['b']])
    // c is not of the part, and still is not built.
    expect(two.outputs).toMatchObject({ status: 'failure', total: '5', success: '4', skipped: '1' })
    const three = await scene.play({ ...part, attempt: 3 })
    expect(three.ran, three.log).toEqual([['a', 'b']])
  })

  test('that succeeded can be run again', async ({ expect, onTestFinished }) => {
    const scene = await sceneFor(onTestFinished)
    scene.github.addRun(ended)
    add(scene.github, stateWith())
    expect((await scene.play(HAND)).exitCode).toBe(0)
    const two = await scene.play({ ...HAND, attempt: 2 })
    expect(two.exitCode, two.log).toBe(0)
  })
})

describe.concurrent('input select', () => {
  const exact = 'fqn:shop.[d],package:shop,resource_type:model'
  test('takes nothing but what an exact one names', async ({ expect, onTestFinished }) => {
    const scene = await sceneFor(onTestFinished)
    const one = await scene.play({ inputs: { select: exact, command: 'build --exclude a -s b' } })
    expect(one.ran).toEqual([['d']])
    expect(one.words[0]?.join(' ')).toContain(`--indirect-selection empty --select ${exact}`)
    expect(one.words[0]).not.toContain('--exclude')
    const any = await scene.play({ inputs: { select: 'd', rerun: 'never' }, id: '__dbt' })
    expect(any.ran).toEqual([['d', 'test_d']])
    expect(any.words[0]).not.toContain('--indirect-selection')
    const option = await scene.play({ inputs: { select: 'd --vars {x:1}' } })
    expect([option.words, option.exitCode]).toEqual([[], 1])
    expect(option.log).toContain('Input select "d --vars {x:1}": expected selectors only')
  })
})

describe.concurrent('retries', () => {
  const twice = { retries: '2' }
  const titles = (scene: Scene, name: string) =>
    scene.github
      .checkRuns()
      .find((run) => run.name.endsWith(`model ${name}`) || run.name.endsWith(`.${name}`))
  const worse: Turn = { fates: BAD }

  test('hold a failed node open, and count, until it passes', async ({ expect, onTestFinished }) => {
    const scene = await sceneFor(onTestFinished)
    const inputs = { ...twice, 'retry-delay': '3' }
    const result = await scene.play({ inputs, turns: [worse, {}] })
    expect(result.exitCode, result.log).toBe(0)
    expect(result.ran).toEqual([ALL, LEFT])
    expect(result.log).toContain('retry 1 of 2: 3 nodes run again in 3.0 s.')
    expect(result.outputs).toMatchObject({ status: 'success', 'exit-code': '0', total: '5', success: '5' })
    const a = titles(scene, 'a')
    expect(a?.history.filter(({ status }) => status === 'completed')).toHaveLength(1)
    expect(a?.history.map(({ write }) => write.output?.title).join('\n')).toMatch(
      /failed, retry 1 of 2 follows: boom/,
    )
    expect(a?.output.title).toMatch(/^success.* after it failed, retry 1 of 2: flaky$/)
    const rollup = scene.checks().get('rollup')
    expect(rollup?.history.map(({ write }) => write.output?.title).join('\n')).toMatch(/2 of 5 · 3 waiting/)
    expect(a?.annotations).toEqual([])
    expectCalm(expect, scene, result)
  })

  test('end with the last failure, annotated once', async ({ expect, onTestFinished }) => {
    const scene = await sceneFor(onTestFinished)
    const result = await scene.play({
      inputs: { retries: '1' },
      turns: [worse, { fates: { a: 'error: again' } }],
    })
    expect(result.ran).toEqual([ALL, LEFT])
    expect(result.outputs).toMatchObject({ status: 'failure', failed: '1', skipped: '2', success: '2' })
    expect(titles(scene, 'a')?.output.title).toMatch(/^error in .*, retry 1 of 1: again$/)
    expectCalm(expect, scene, result)
  })

  const once: [string, string[][], Record<string, string>, Turn[], Record<string, string>][] = [
    ['a test is no reason', [ALL], {}, [{ fates: { test_d: 'fail' } }], { failed: '1' }],
    [
      'a test is one where retry-tests says so',
      [ALL, ['test_d']],
      { 'retry-tests': 'true' },
      [{ fates: { test_d: 'fail' } }, {}],
      { failed: '0', status: 'success' },
    ],
    [
      'fail-on never changes nothing of it',
      [ALL, LEFT, LEFT],
      { 'fail-on': 'never' },
      [worse],
      { failed: '1', status: 'success', 'exit-code': '1' },
    ],
    [
      'a project that does not parse is not retried',
      [],
      {},
      [{ env: { FAKE_DBT_GRAPH: '', FAKE_DBT_NODES: '', FAKE_DBT_SCENARIO: 'core-unparsable' } }],
      { status: 'failure', total: '0', 'exit-code': '2' },
    ],
    [
      'a second dbt that does not parse leaves what was',
      [ALL],
      {},
      [worse, { env: { FAKE_DBT_GRAPH: '', FAKE_DBT_NODES: '', FAKE_DBT_SCENARIO: 'core-unparsable' } }],
      { status: 'failure', total: '5', failed: '1', skipped: '2', success: '2', 'exit-code': '2' },
    ],
    [
      'a second dbt that crashes leaves what was, but for what it ended',
      [ALL, LEFT],
      {},
      [worse, { env: { FAKE_DBT_DIE_AT: 'Finished running node model.shop.a' } }],
      { status: 'failure', total: '5', failed: '0', skipped: '2', success: '3', 'exit-code': '137' },
    ],
  ]
  for (const [title, ran, inputs, turns, outputs] of once) {
    test(title, async ({ expect, onTestFinished }) => {
      const scene = await sceneFor(onTestFinished)
      const result = await scene.play({ inputs: { ...twice, ...inputs }, turns })
      expect(result.ran, result.log).toEqual(ran)
      expect(result.outputs).toMatchObject(outputs)
      expect(result.exitCode).toBe(outputs.status === 'success' ? 0 : 1)
      expectCalm(expect, scene, result)
    })
  }

  test('a test that failed is the end of the commands, though the retry went well', async ({
    expect,
    onTestFinished,
  }) => {
    const scene = await sceneFor(onTestFinished)
    const inputs = { ...twice, command: 'build\nrun' }
    const one = await scene.play({ inputs, turns: [{ fates: { ...BAD, test_d: 'fail' } }, {}] })
    expect(one.ran, one.log).toEqual([ALL, LEFT])
    expect(one.outputs).toMatchObject({ status: 'failure', failed: '1', success: '4' })
    expect(one.notices).toEqual(['dbt run did not run, since dbt build failed.'])
    const two = await scene.play({ inputs, attempt: 2 })
    expect(two.ran, two.log).toEqual([['test_d'], ALL])
    expect(two.outputs).toMatchObject({ status: 'success', total: '5' })
  })

  test('a second dbt that does not start leaves what was, and says why', async ({
    expect,
    onTestFinished,
  }) => {
    const scene = await sceneFor(onTestFinished)
    const script = join(scene.workspace.folder, 'dbt.sh')
    writeFileSync(script, '#!/bin/sh\nrm "$0"\nexec dbt "$@"\n', { mode: 0o755 })
    const result = await scene.play({ inputs: { ...twice, dbt: './dbt.sh' }, turns: [worse] })
    expect([result.ran, existsSync(script)]).toEqual([[ALL], false])
    expect(result.outputs).toMatchObject({ status: 'failure', failed: '1', skipped: '2', 'exit-code': '127' })
    expect(result.summary).toContain('was not found')
    expectCalm(expect, scene, result)
  })

  test('more than 50 nodes run again by their ids', async ({ expect, onTestFinished }) => {
    const scene = await sceneFor(onTestFinished)
    const graph = `root ${Array.from({ length: 60 }, (_, i) => `n${i}<root`).join(' ')} fine`
    const command = 'build --state prod --defer'
    const result = await scene.play({
      graph,
      inputs: { ...twice, command, 'max-checks': '5' },
      turns: [{ fates: { root: 'error' } }, {}],
    })
    expect(result.ran.map((names) => names.length)).toEqual([62, 61])
    expect(result.words[1]?.join(' ')).toMatch(
      /--defer .*--state \S+\/selection --defer-state prod --select result:error/,
    )
    expect(result.outputs).toMatchObject({ status: 'success', total: '62', success: '62' })
    expectCalm(expect, scene, result)
  })

  test('without the right to write checks', async ({ expect, onTestFinished }) => {
    const scene = await sceneFor(onTestFinished, { permissions: 'read' })
    const result = await scene.play({ inputs: twice, turns: [worse, {}] })
    expect([result.exitCode, result.ran]).toEqual([0, [ALL, LEFT]])
    expect(result.notices).toEqual([expect.stringContaining('checks: write')])
    expect(result.summary).toContain('<summary>1 flaky</summary>')
  })

  test('while GitHub is away', async ({ expect, onTestFinished }) => {
    const scene = await sceneFor(onTestFinished)
    const running = scene.begin({ inputs: { ...twice, 'retry-delay': '4' }, turns: [worse, {}] })
    await running.said('retry 1 of 2')
    const until = Date.now() + 6_000
    scene.github.fault = (seen) => (!ofService(seen) && Date.now() < until ? { outage: true } : undefined)
    const result = await running.done
    expect([result.exitCode, scene.ran()]).toEqual([0, [ALL, LEFT]])
    expect(titles(scene, 'a')?.output.title).toContain('flaky')
    expectCalm(expect, scene, result)
  })

  const alive = (scene: Scene) =>
    readRecord(scene.record).filter(({ pid }) => pid !== undefined && isAlive(pid))

  test('SIGINT in the delay: no second dbt', async ({ expect, onTestFinished }) => {
    const scene = await sceneFor(onTestFinished)
    const running = scene.begin({ inputs: { ...twice, 'retry-delay': '60' }, turns: [worse, {}] })
    await running.said('again in 1 min')
    expect(await cancel(running)).toBeLessThan(patience(7_000))
    const result = await running.done
    expect(scene.ran()).toEqual([ALL])
    expect(result.outputs).toMatchObject({ status: 'cancelled', failed: '1', skipped: '2', 'exit-code': '1' })
    expect(conclusionsOf(scene.checks())).toMatchObject({ rollup: 'cancelled', 'model.shop.a': 'failure' })
    expectCalm(expect, scene, result)
  })

  test('SIGINT in the second try: what it had not ended is as it was', async ({ expect, onTestFinished }) => {
    const scene = await sceneFor(onTestFinished)
    const env = { FAKE_DBT_PAUSE_AT: 'Began running node model.shop.b', FAKE_DBT_DIE_AT: 'LogStartLine' }
    const running = scene.begin({
      inputs: twice,
      turns: [worse, { env: { ...env, FAKE_DBT_DIE_AT: 'START b' } }],
    })
    await running.said('SUCCESS a')
    await sleep(500)
    expect(await cancel(running)).toBeLessThan(patience(10_000))
    const result = await running.done
    expect([result.exitCode, result.signal]).toEqual([1, null])
    expect(result.outputs).toMatchObject({
      status: 'cancelled',
      success: '3',
      failed: '0',
      'exit-code': '137',
    })
    expect(conclusionsOf(scene.checks())).toMatchObject({
      ...{
        rollup: 'cancelled',
        'model.shop.a': 'success',
        'model.shop.b': 'cancelled',
        'model.shop.c': 'skipped',
      },
    })
    expect(alive(scene)).toEqual([])
    expectCalm(expect, scene, result)
  })

  test('SIGKILL in the second try: post stops dbt and tells what is true', async ({
    expect,
    onTestFinished,
  }) => {
    const scene = await sceneFor(onTestFinished)
    const turns = [
      worse,
      { env: { FAKE_DBT_PAUSE_AT: 'Began running node model.shop.b', FAKE_DBT_STUBBORN: '1' } },
    ]
    const running = scene.begin({ inputs: twice, turns })
    await running.said('SUCCESS a')
    // Killed once GitHub shows that a passed, however slow the machine.
    while (scene.checks().get('model.shop.a')?.conclusion !== 'success' && isAlive(running.pid))
      await sleep(20)
    running.kill('SIGKILL')
    const result = await running.done
    expect(alive(scene)).toHaveLength(1)
    const post = await scene.post(result)
    expect([post.exitCode, alive(scene)]).toEqual([0, []])
    const { rollup, 'model.shop.a': a, 'model.shop.b': b, ...others } = conclusionsOf(scene.checks())
    expect([rollup, a]).toEqual(['cancelled', 'success'])
    expect(['cancelled', 'skipped']).toContain(b)
    expect(others).toMatchObject({ 'model.shop.d': 'success' })
    expect(scene.names()).toEqual([artifactName('dbt-watcher', '1', 'post')])
    expectCalm(expect, scene, post)
  })

  test('SIGINT while the state of attempt 1 is looked for', async ({ expect, onTestFinished }) => {
    const scene = await sceneFor(onTestFinished)
    add(scene.github, stateWith())
    scene.github.fault = ({ path }) =>
      path.endsWith('/artifacts') ? { delay: 60_000, effect: 'before' } : undefined
    const running = scene.begin({ attempt: 2 })
    while (!scene.github.requests.some(({ path }) => path.endsWith('/artifacts')) && isAlive(running.pid))
      await sleep(20)
    expect(await cancel(running)).toBeLessThan(patience(9_500))
    const result = await running.done
    expect([result.exitCode, result.signal]).toEqual([1, null])
    expect(result.outputs.status).toBe('cancelled')
  })
})

describe.concurrent('comment: true', () => {
  const event: [string, object] = ['pull_request', { pull_request: { number: 7, head: { sha: SHA } } }]
  const inputs = { comment: 'true' }
  test('keeps one comment, its own, up to date', async ({ expect, onTestFinished }) => {
    const options: Options = { grants: { 'pull-requests': 'write' }, pulls: [{ number: 7, headSha: SHA }] }
    const scene = await sceneFor(onTestFinished, options)
    const marked = commentBody({ checkName: 'dbt-watcher', runId: '1', body: 'b' })
    const others = [
      scene.github.addComment(7, marked, 'mallory'),
      scene.github.addComment(7, 'mine', 'github-actions[bot]'),
    ]
    const before = others.map(({ body }) => body)
    await scene.play({ event, inputs, turns: [{ fates: BAD }] })
    expect(scene.github.comments).toHaveLength(3)
    const own = scene.github.comments.at(-1)
    expect(own?.body).toMatch(/1 failed/)
    // Nothing could be started by it.
    expect(own?.body).not.toContain('- [ ]')
    const two = await scene.play({ event, inputs, attempt: 2 })
    expect([two.ran, two.notices]).toEqual([[LEFT], []])
    expect(scene.github.comments).toHaveLength(3)
    expect(own?.body).toMatch(/5 passed/)
    expect(own?.body).not.toMatch(/1 failed/)
    expect(others.map(({ body }) => body)).toEqual(before)
  })

  test('has a box where a rerun can be started and has something to run', async ({
    expect,
    onTestFinished,
  }) => {
    const options: Options = { grants: { 'pull-requests': 'write' }, pulls: [{ number: 7, headSha: SHA }] }
    const scene = await sceneFor(onTestFinished, options)
    const workflow = join(scene.workspace.folder, WORKFLOW)
    mkdirSync(dirname(workflow), { recursive: true })
    writeFileSync(workflow, 'on: { workflow_dispatch: { inputs: { rerun-of: {}, commit: {} } } }\n')
    await scene.play({ event, inputs, turns: [{ fates: BAD }] })
    const [own] = scene.github.comments
    expect(own?.body).toMatch(/- \[ \] .*Run the nodes that haven't succeeded$/)
    await scene.play({ event, inputs, attempt: 2 })
    expect(own?.body).toMatch(/5 passed/)
    expect(own?.body).not.toContain('- [ ]')
  })

  test('says once that it may not', async ({ expect, onTestFinished }) => {
    const scene = await sceneFor(onTestFinished, { pulls: [{ number: 7, headSha: SHA }] })
    const result = await scene.play({ event, inputs })
    expect(result.exitCode).toBe(0)
    expect(result.notices).toEqual([expect.stringContaining('pull-requests: write')])
  })
})

test.concurrent('what is saved holds no secret', async ({ expect, onTestFinished }) => {
  const scene = await sceneFor(onTestFinished)
  const [password, key] = ['hunter2-hunter2', '4815162342']
  const env = { SNOWFLAKE_PASSWORD: password, API_TOKEN: key }
  const command = `build --vars '{pw: ${password}, n: ${key}}'`
  const turns = [{ fates: { a: `error: ${password} was refused`, d: `error: ${key}` } }, { fates: BAD }]
  const result = await scene.play({ inputs: { retries: '1', command }, env, turns })
  expect(result.ran).toEqual([ALL, [...LEFT, 'd', 'test_d']])
  expect(result.words[1]?.join(' ')).toContain(`{pw: ${password}, n: ${key}}`)
  const [artifact] = statesOf(scene.github)
  const page = readFileSync(result.outputs.report ?? '', 'utf8')
  expect(page).toContain('***')
  const saved = Object.values(filesOf(artifact?.content ?? Buffer.alloc(0))).join('\n')
  expect(saved).toContain('***')
  for (const secret of [password, key]) {
    for (const text of [page, saved, result.log, result.summary, JSON.stringify(scene.github.checkRuns())]) {
      expect(text).not.toContain(secret)
    }
  }
})
