/**
 * What is sent to GitHub for some recorded streams, at the speed of the stream: one golden file each, read by people.
 * `vitest run __tests__/requests.test.ts -u` writes them anew.
 */
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { budgetOf } from '../src/github/budget.ts'
import { checksOf } from '../src/github/checks.ts'
import type { Client } from '../src/github/client.ts'
import { type Fields, fields, text } from '../src/json.ts'
import { nothingPublished } from '../src/report/published.ts'
import { checkRuns } from '../src/reporters/check-runs.ts'
import { replay, STARTED } from './replay.ts'
import { virtualClock } from './virtual-clock.ts'

test.each([
  'core-build-example',
  'core-build-example-broken',
  'core-hook-fails',
  'core-sigint',
  'core-unparsable',
  'fusion-build-example-broken',
])('%s', async (name) => {
  const clock = virtualClock(STARTED)
  const sent: string[] = []
  let first: number | undefined
  const replayed = replay(name, {
    clock,
    // The recorded stream begins when our clock does, as a dbt that needs a second to start.
    before: async (at) => {
      if (at === 0) return
      first ??= at
      const wait = STARTED + 1000 + at - first - clock.now()
      if (wait > 0) await clock.sleep(wait).done
    },
    reporters: ({ run, subject, findings }) => [
      checkRuns({
        run,
        subject,
        findings,
        checks: checksOf(recorder(sent, clock.now), CONTEXT, () => {}),
        budget: budgetOf({ startedAt: STARTED, nodes: () => run.nodes.size, share: 0.5 }),
        choice: { checks: 'auto', tests: 'auto', maxChecks: 100 },
        notices: [],
        prefix: '7700/1/dbt-watcher/',
        published: nothingPublished(),
        ...clock,
      }),
    ],
  })
  await clock.runUntil(replayed)
  const golden = join(import.meta.dirname, 'golden', name, 'requests.txt')
  await expect(`${sent.join('\n')}\n`).toMatchFileSnapshot(golden)
})

const CONTEXT = {
  owner: 'octo',
  repo: 'jaffle',
  repositoryId: 'R_1',
  sha: '0123456789abcdef0123456789abcdef01234567',
  runId: '7700',
  runAttempt: '1',
  serverUrl: 'https://github.com',
  apiUrl: 'https://api.github.com',
  graphqlUrl: 'https://api.github.com/graphql',
}

/** A GitHub that takes everything and notes it. */
function recorder(sent: string[], now: () => number): Client {
  let made = 0
  return {
    owner: 'octo',
    repo: 'jaffle',
    request: async (route, parameters = {}) => {
      sent.push(`${((now() - STARTED) / 1000).toFixed(1)} s ${route}`)
      const variables = Object.entries(fields(parameters.variables))
      for (const [, input] of variables) sent.push(...writeLines(fields(input)))
      const answers = variables.map(([alias, input]) => {
        const id = text(fields(input).checkRunId) || `CR_${++made}`
        return [alias, { checkRun: { id, url: `https://github.com/octo/jaffle/runs/${id}` } }]
      })
      return { data: { data: Object.fromEntries(answers) }, headers: {} }
    },
  }
}

function writeLines({ checkRunId, name, status, conclusion, output }: Fields): string[] {
  const { title, summary, text: body, annotations } = fields(output)
  const verb = checkRunId ? `update ${checkRunId}` : 'create'
  const sizes = [summary, body].map((part) => (text(part) === '' ? 'none' : 'some')).join(', ')
  const places = (Array.isArray(annotations) ? annotations.map(fields) : []).map((annotation) => {
    const line = fields(annotation.location).startLine
    return `    @ ${annotation.path}:${line} ${annotation.annotationLevel} ${annotation.title}`
  })
  return [`  ${verb} ${name} | ${conclusion ?? status} | ${title} | summary, text: ${sizes}`, ...places]
}
