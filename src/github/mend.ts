import { type CheckRun, type Conclusion, ROLLUP } from '../report/check-run.ts'
import type { Unshown } from '../report/published.ts'
import type { Sleep } from '../sleep.ts'
import { budgetOf } from './budget.ts'
import type { Checks, Existing } from './checks.ts'
import { startPublisher } from './publisher.ts'

/** What is known of a check run whose own run is gone. */
export interface Ended {
  conclusion: Conclusion
  title: string
}

export interface MendOptions {
  checks: Checks
  /** What the external_ids of the check runs to mend begin with. */
  prefix: string
  /** What became of a node, where somebody saw it end. */
  endedOf(key: string): Ended | undefined
  /** The names of check runs that should be there, by key; those that are missing are made, while there is room. */
  wanted?: ReadonlyMap<string, string>
  /** How many check runs of nodes there may be. */
  most?: number
  now(): number
  sleep: Sleep
  /** Until when to try, in milliseconds since the epoch. */
  deadline: number
}

/**
 * Closes the check runs that a run of ours left open, with what is known, else as cancelled: GitHub would show
 * them as running for 14 days. And makes those that GitHub's outage kept the run from making. Returns how many
 * there were, and what could not be shown.
 */
export async function mend(options: MendOptions): Promise<{ open: number; unshown: Unshown }> {
  const { checks, prefix, endedOf, now, sleep, deadline } = options
  const found = await findOwn(options)
  if ('reason' in found) return { open: 0, unshown: found }
  const made = now()
  const keyOf = (run: Existing) => run.externalId.slice(prefix.length)
  const there = new Set(found.map(keyOf))
  const open = found.filter((run) => !run.completed)
  const missing = missingOf(options, there)
  const names = new Map([...open.map((run): [string, string] => [keyOf(run), run.name]), ...missing])
  const publisher = startPublisher({
    checks,
    budget: budgetOf({ startedAt: now(), nodes: () => names.size, share: 1 }),
    render: async (key) => {
      const name = names.get(key)
      if (name === undefined) return undefined
      const check = closing(key, name, endedOf(key))
      // GitHub takes "now" for a start that is left out, which would be after the end.
      return there.has(key) ? check : { ...check, startedAt: made, completedAt: made }
    },
    prefix,
    links: new Map(),
    // Of two with one external_id, the open one is to be closed.
    existing: found.sort((a, b) => Number(b.completed) - Number(a.completed)),
    now,
    sleep,
  })
  for (const key of names.keys()) publisher.touch(key, 2)
  return { open: names.size, unshown: await publisher.finish(deadline) }
}

/** The roll-up has always room. */
function missingOf(
  { wanted = new Map(), most = 0 }: MendOptions,
  there: ReadonlySet<string>,
): [string, string][] {
  let room = most - [...there].filter((key) => key !== ROLLUP).length
  return [...wanted].filter(([key]) => !there.has(key) && (key === ROLLUP || room-- > 0))
}

/** Between two tries to list, in milliseconds. */
const PAUSE = 5000

async function findOwn({ checks, prefix, now, sleep, deadline }: MendOptions): Promise<Existing[] | Unshown> {
  for (;;) {
    const found = await checks.list()
    if (!('failure' in found)) return found.filter((run) => run.externalId.startsWith(prefix))
    const { failure } = found
    const { kind, message } = failure
    // Who asks while limited is limited for longer.
    const next = Math.max(now() + PAUSE, 'until' in failure ? failure.until : 0)
    if (kind === 'forbidden' || next > deadline) {
      return {
        keys: [],
        reason: message,
        forbidden: kind === 'forbidden',
        none: false,
        absent: false,
        late: false,
      }
    }
    await sleep(next - now()).done
  }
}

function closing(key: string, name: string, ended: Ended | undefined): CheckRun {
  const title = ended?.title ?? 'cancelled: the step ended before this did'
  return {
    key,
    name,
    conclusion: ended?.conclusion ?? 'cancelled',
    startedAt: undefined,
    completedAt: undefined,
    title,
    summary: 'The step was ended before it could tell more. The log of the job has what dbt said.',
    text: '',
    annotations: [],
  }
}
