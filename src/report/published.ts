import { plural } from './figures.ts'

/** What became of the check runs: data that views read. */
export interface Published {
  /** The addresses of the check runs that were made, by unique_id or `rollup`, and of the `report` page. */
  links: Map<string, string>
  /** What GitHub does not show as it is. */
  unshown: Unshown
  /** Nodes without a check run of their own for lack of room. */
  leftOut: number
  /** Whether the repository's API budget slowed the view. */
  thinned: boolean
  /** How many commit statuses stand for the check runs, on a server without them; undefined where there are none. */
  statuses: number | undefined
}

export interface Unshown {
  keys: string[]
  /** Why, in GitHub's words; empty where all is shown. */
  reason: string
  /** Whether this token cannot write checks at all. */
  forbidden: boolean
  /** Whether GitHub surely has none of them; an answer that was lost may have made some. */
  none: boolean
  /** Whether it cannot because the server has no check runs, or hides the repository. */
  absent: boolean
  /** Whether there was no time left, though GitHub took all that it was sent. */
  late: boolean
  /** How many of them are of nodes that failed or warned. */
  noteworthy?: number
}

/** Before anything was sent. */
export function nothingPublished(): Published {
  return {
    links: new Map(),
    unshown: { keys: [], reason: '', forbidden: false, none: true, absent: false, late: false },
    leftOut: 0,
    thinned: false,
    statuses: undefined,
  }
}

/** Where the check runs are not what they should be, in sentences. */
export function publishNotices({ unshown, leftOut, thinned, statuses }: Published): string[] {
  if (statuses !== undefined) {
    return [
      'This server has no check runs, so the result and the nodes that failed are commit statuses ' +
        `(${statuses}). Everything is in the job summary and in the log.`,
    ]
  }
  // A token can expire while dbt runs; what it made is there.
  if (unshown.forbidden && unshown.none) {
    return [
      `No check runs: GitHub says "${unshown.reason}". The job needs "permissions: checks: write"; on a pull ` +
        'request from a fork or by Dependabot the token is read-only. Everything is in the job summary.',
    ]
  }
  return [
    unshownNotice(unshown),
    leftOut > 0
      ? `${plural(leftOut, 'node has', 'nodes have')} no check run of their own: input max-checks is the maximum.`
      : '',
    thinned ? "The repository's hourly API budget was short, so check runs were updated less often." : '',
  ].filter(Boolean)
}

/** Which check runs are not what they should be, and why. */
function unshownNotice({ keys, reason, late, noteworthy = 0 }: Unshown): string {
  if (keys.length === 0) return ''
  const which = noteworthy > 0 ? `${noteworthy} of them of nodes that failed or warned` : 'none of a failure'
  const why = late
    ? 'there was no time left after dbt had ended. Input max-checks sets how many there are'
    : `GitHub says "${reason}"`
  return `${plural(keys.length, 'check run')} could not be brought up to date (${which}): ${why}. Everything is in the job summary.`
}
