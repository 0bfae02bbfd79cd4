/**
 * The schema of the run as JSON, published as schema/run-v1.json: within version 1 fields may be added, and none is
 * removed or changes its meaning.
 */
import { array, literal, number, object, enum as oneOf, type output, record, string } from 'zod'

const TIME = string().describe('ISO 8601, UTC')

const OUTCOME = oneOf(['success', 'warn', 'failed', 'skipped', 'cancelled']).describe(
  'What the status means, whichever version of dbt wrote it. A node without a result is cancelled, never a success.',
)

const RESULT = {
  status: string().describe("dbt's word, such as success, pass, warn, fail, error, skipped, no-op"),
  outcome: OUTCOME,
  message: string().optional().describe('Why it failed, warned or was skipped; at most 16,000 characters'),
  started_at: TIME.optional(),
  completed_at: TIME.optional(),
  execution_time: number().optional().describe('Seconds'),
  thread: string().optional(),
  invocation: number().describe('Which invocation of the run it was, from 1; 0 where an earlier run ran it'),
  origin: string().optional().describe('Which earlier attempt or workflow run ran it; absent for this one'),
}

const NODE = object({
  unique_id: string(),
  resource_type: string(),
  name: string(),
  package_name: string().optional(),
  materialized: string().optional(),
  relation_name: string().optional(),
  file: string().optional().describe('Relative to the root of the repository'),
  line: number().optional().describe('From 1; where a failure or a warning is to be fixed'),
  depends_on: array(string()).describe('unique_ids of its parents'),
  ...RESULT,
  rows_affected: number().optional(),
  failures: number().optional().describe('Rows that a test found'),
  caused_by: string().optional().describe('unique_id of the node because of which it was skipped'),
  earlier: array(object(RESULT)).describe(
    'Its results before the last one, oldest first: retries and re-runs',
  ),
})

const TIMING = object({
  invocation: number(),
  threads: number(),
  around: number().describe('Seconds before the first node and after the last one'),
  utilisation: number().describe("Part of the threads' time in which they ran nodes, 0 to 1"),
  critical_path: object({
    seconds: number(),
    nodes: array(string()).describe('unique_ids, first to last'),
  }).describe('The nodes that take longest one after the other: no number of threads makes it shorter'),
  waits: record(
    string(),
    object({
      parents: number().describe('Seconds from the first node until its parents and their tests had ended'),
      thread: number().describe('Seconds from then on until a thread was free'),
    }),
  ).describe('By unique_id; dbt v2 counts the wait for a thread as part of the execution time'),
})

const TIMED = array(
  object({ unique_id: string(), before: number().describe('Seconds'), now: number().describe('Seconds') }),
)

const BASE = object({
  name: string().describe('Of the base branch'),
  run_url: string().optional(),
  sha: string().optional(),
  execution_time: number().optional().describe('Seconds that the whole run took'),
  new_failures: array(string()).describe('unique_ids of nodes that failed here and not there'),
  still_failing: array(string()),
  fixed: array(string()).describe('unique_ids of nodes that failed there and succeeded here'),
  slower: TIMED.describe('By more than noise, the greatest difference first'),
  faster: TIMED,
  flaky: array(
    object({
      unique_id: string(),
      runs: number().describe('In how many of the last runs of the base branch it ran'),
      failures: number().describe('In how many of them it failed, at first or for good'),
    }),
  ).describe('Nodes that failed and succeeded without a change of the project'),
})

export const RUN = object({
  version: literal(1).describe('Of this format'),
  check_name: string(),
  command: string(),
  project_name: string(),
  project_dir: string().describe('Relative to the root of the repository'),
  engine: oneOf(['core', 'v2', '']).describe('Empty where dbt did not start'),
  dbt_version: string(),
  sha: string().optional().describe('The commit that has the check runs'),
  run_url: string().optional(),
  status: oneOf(['success', 'failure', 'cancelled']).describe('Of the step, as fail-on decides'),
  exit_code: number().optional(),
  started_at: TIME,
  completed_at: TIME.optional(),
  counts: object({
    total: number(),
    success: number(),
    warn: number(),
    failed: number(),
    skipped: number(),
    cancelled: number(),
  }).describe('Of nodes; hooks, and ephemeral models that did not fail, are not counted'),
  errors: array(string()).describe('Of dbt itself, such as a project that does not parse'),
  nodes: array(NODE).describe('All that dbt named, sorted by unique_id'),
  base: BASE.optional().describe(
    'The run that this one is compared with: the last good one of the base branch',
  ),
  timing: array(TIMING).describe('Of each invocation in which a node ran'),
  threads: object({
    current: number(),
    enough: number().describe('More threads than this save less than 5 %'),
    forecasts: array(object({ threads: number(), seconds: number() })),
  })
    .optional()
    .describe('How long the run would take on other numbers of threads; absent for dbt v2'),
}).describe('A run of dbt-watcher')

export type RunJson = output<typeof RUN>
