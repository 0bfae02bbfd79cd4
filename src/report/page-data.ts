/**
 * The data of a report page: the contract between page.ts, which derives it from a run, and page/, which shows it
 * in the browser and imports these types only. Times are milliseconds since the start of the run, durations are
 * seconds, and nodes refer to each other by their index in `nodes`. What is unknown or empty is left out: a page
 * of 10,000 nodes must stay small.
 */
export interface PageData {
  version: 1
  /** `2 failed · 8 skipped · 19 passed`: the roll-up's title. */
  title: string
  conclusion: PageConclusion
  /** As the user wrote it. */
  command: string
  /** Where the project is in the repository, with `/` at its end; empty for the root. */
  projectDir: string
  project: string
  /** Such as `dbt Core 1.11.16`. */
  engine: string
  /** Milliseconds since the epoch. */
  startedAt: number
  /** From the start of the run to its end. */
  seconds: number
  /** Such as the workflow run and the commit; only https and http. */
  links: PageLink[]
  /** Before the path of a file: `https://github.com/acme/shop/blob/<commit>/`. */
  filesUrl?: string
  /** Errors of dbt itself. */
  errors: PageError[]
  /** Warnings of dbt itself, by kind; left out where there are none. */
  warnings?: PageWarning[]
  /** Sentences on what was overridden, found or left out. */
  notices: string[]
  invocations: PageInvocation[]
  nodes: PageNode[]
  timing?: PageTiming
  history?: PageHistory
  /** Nodes that fail and succeed without a change of the project. */
  flaky?: PageFlaky[]
  /** Compiled SQL of nodes that neither failed nor warned, as far as it fits. */
  packed?: PackedSql[]
}

export type PageConclusion = 'success' | 'failure' | 'neutral' | 'cancelled'

export interface PageError {
  /** As dbt printed it. */
  text: string
  /** What it means and what to do, in sentences; left out where that is not known. */
  title?: string
  wayOut?: string
}

export interface PageWarning {
  /** dbt's word for it. */
  kind: string
  /** How many there were. */
  count: number
  /** The first of what they say, each on one line. */
  messages: string[]
}

export interface PageLink {
  label: string
  url: string
}

/** One command of dbt: the build, a retry, the tests after it. */
export interface PageInvocation {
  /** Such as `dbt build` or `retry 1 of 2`. */
  label: string
  start: number
  end: number
}

/** What became of a node in one invocation. */
export interface PageResult {
  /** dbt's word, or `cancelled`; left out for a node of the project that was not selected. */
  status?: string
  start?: number
  end?: number
  /** By dbt's measure. */
  seconds?: number
  message?: string
  /** Where an earlier attempt of the job, or another workflow run, ran it. */
  origin?: string
}

/** A node of the run, or one of the project that the run did not select. */
export interface PageNode extends PageResult {
  /** unique_id. */
  id: string
  /** For people: with its package or version where needed. Left out if it is what follows type and package in the id. */
  name?: string
  /** Left out if it is the first part of the id. */
  type?: string
  /** `/` between folders; left out if it is that of `file`, within `projectDir`. */
  folder?: string
  tags?: string[]
  /** Relative to the repository. */
  file?: { path: string; line?: number }
  parents?: number[]
  /** The node that caused a skip. */
  cause?: number
  /** What was skipped because of it, in the words of the log: `blocks 3 models and 3 tests`. */
  blockedText?: string
  /** A sentence that names what went wrong. */
  headline?: string
  /** The number of dbt's thread, where it has one. */
  thread?: number
  rows?: number
  /** Rows that a test found. */
  failures?: number
  materialized?: string
  relation?: string
  description?: string
  owner?: string
  /** What became of it before, the oldest first. */
  earlier?: PageResult[]
  source?: PageExcerpt
  /** Compiled SQL, where the node failed or warned. */
  sql?: string
  /** The command that runs just this node. */
  command?: string
  /** Its check run. */
  url?: string
  /** Rows of a failed test, where the user asked for them. */
  table?: PageTable
  /** Whether the pull request changed its file. */
  changed?: boolean
  /** What became of it in the runs of `history`: how many seconds it took, or dbt's word where it was not good. */
  past?: (number | string | null)[]
}

/** Lines of a file around the one that matters. */
export interface PageExcerpt {
  /** Number of the first line, from 1. */
  first: number
  lines: string[]
  /** Number of the line that matters. */
  line: number
  /** What is wrong in that line, in characters from its start. */
  caret?: { at: number; length: number }
  /** Where the line comes from: a line of the compiled SQL, a macro. */
  note?: string
}

export interface PageTable {
  columns: string[]
  rows: string[][]
  /** How many there are, if more than these. */
  total?: number
}

export interface PageTiming {
  /** From the first node to the last. */
  criticalPath: number[]
  criticalSeconds: number
  threads: number
  /** Share of the threads' time in which they ran nodes, 0 to 1. */
  busy?: number
  /** The same run as predicted for other numbers of threads. */
  advisor?: { threads: number; seconds: number }[]
  /** The number of threads beyond which more do not help. */
  enough?: number
}

/** This run against the last one of the base branch. */
export interface PageHistory {
  /** Such as `main`. */
  label: string
  url?: string
  /** How long the whole run took. */
  seconds?: number
  newFailures: number[]
  fixed: number[]
  /** By more than noise, the greatest difference first. */
  slower: number[]
  faster: number[]
  /** That run and those before it, the newest first. */
  runs: PagePastRun[]
}

/** An earlier run of the base branch. */
export interface PagePastRun {
  /** Such as its commit. */
  label: string
  url?: string
}

export interface PageFlaky {
  node: number
  /** Why it is one, in a few words. */
  reason: string
}

/** Some nodes' compiled SQL: a JSON object from index to text, deflated (raw), in base64. */
export interface PackedSql {
  nodes: number[]
  data: string
}
