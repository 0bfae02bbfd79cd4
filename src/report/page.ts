import { commandLabel } from '../dbt/command-label.ts'
import { ownErrors } from '../run/counts.ts'
import { engineOf, type Invocation, type Run, retryOf } from '../run/run.ts'
import type { FailOn } from '../run/verdict.ts'
import { adviceFor, titleSentence } from './advice.ts'
import { viewNotices } from './notices.ts'
import type { PackedSql, PageConclusion, PageData, PageError, PageInvocation, PageLink } from './page-data.ts'
import { pageHistory } from './page-history.ts'
import { dirOf, type IndexOf, type NodeInput, pageNodes } from './page-nodes.ts'
import { pageTiming } from './page-timing.ts'
import { rollUpConclusion } from './roll-up.ts'
import type { Subject } from './subject.ts'
import { html, isHttp, middleCut, oneLine, plain } from './text.ts'
import { rollUpTitle } from './title.ts'
import { pageWarnings } from './warnings.ts'

/** What a page shows beside the run itself; what is unknown is not shown. */
export interface PageInput extends NodeInput {
  notices: string[]
  /** Shown beside the command. */
  places: PageLink[]
}

/** The data of a page but for what is large, which is made as it is written. */
export type PageFrame = Omit<PageData, 'nodes' | 'packed'>

/** Fusion may print an error for each node. */
const MOST_ERRORS = 20
const LONGEST_ERROR = 8_000

/** What the report page of a run that has ended shows beside its nodes. */
function frameOf(run: Run, input: PageInput, indexOf: IndexOf): PageFrame {
  const { subject } = input
  const seconds = ((run.finishedAt ?? run.startedAt) - run.startedAt) / 1000
  const timing = pageTiming(run, indexOf)
  const warnings = pageWarnings(run)
  return {
    version: 1,
    title: rollUpTitle(run, subject),
    conclusion: conclusionOf(run, input.subject.failOn),
    command: plain(subject.command),
    projectDir: dirOf(subject),
    project: plain(run.projectName),
    engine: plain(engineName(run)),
    startedAt: run.startedAt,
    seconds,
    links: input.places.filter(({ url }) => isHttp(url)),
    ...(isHttp(subject.repositoryUrl) && subject.sha
      ? { filesUrl: `${subject.repositoryUrl}/blob/${subject.sha}/` }
      : {}),
    errors: ownErrors(run)
      .slice(0, MOST_ERRORS)
      .map((error) => errorOf(error, subject)),
    ...(warnings.length > 0 ? { warnings } : {}),
    notices: viewNotices(run, subject, input.notices).map(plain),
    invocations: run.invocations.map((invocation, index) => invocationOf(run, invocation, index + 1)),
    ...(timing ? { timing } : {}),
    ...pageHistory(run, subject.base, indexOf),
  }
}

function errorOf(error: string, subject: Subject): PageError {
  const text = middleCut(plain(error), LONGEST_ERROR)
  const advice = adviceFor(error, subject)
  if (!advice) return { text }
  return { text, title: plain(titleSentence(advice)), wayOut: plain(advice.wayOut) }
}

function conclusionOf(run: Run, failOn: FailOn): PageConclusion {
  const conclusion = rollUpConclusion(run, failOn)
  return conclusion === 'skipped' ? 'neutral' : conclusion
}

function invocationOf(
  run: Run,
  { command, startedAt, finishedAt }: Invocation,
  number: number,
): PageInvocation {
  const retry = retryOf(run, number)
  return {
    label: retry > 0 ? `retry ${retry}` : oneLine(commandLabel(command.words), 40),
    start: startedAt - run.startedAt,
    end: (finishedAt ?? startedAt) - run.startedAt,
  }
}

function engineName(run: Run): string {
  const { product, version } = engineOf(run)
  return `${product} ${version}`.trim()
}

/**
 * The page as one HTML file, in pieces, so that a large one is never in memory as a whole.
 * @param template what script/build-page.ts makes of page/
 * @param packed compiled SQL of further nodes; asked for once the nodes are written
 */
export async function* pagePieces(
  template: string,
  run: Run,
  input: PageInput,
  packed: (indexOf: IndexOf) => AsyncIterable<PackedSql>,
): AsyncGenerator<string> {
  const { indexOf, nodes } = pageNodes(run, input)
  const frame = frameOf(run, input, indexOf)
  const name = frame.project ? ` · ${frame.project}` : ''
  const [head = '', foot = ''] = template.split('%DATA%')
  yield head.replaceAll('%TITLE%', () => html(`${frame.title}${name}`))
  yield `${scriptJson(frame).slice(0, -1)},"nodes":[`
  yield* joined(nodes)
  yield '],"packed":['
  yield* joined(packed(indexOf))
  yield `]}${foot}`
}

/** The items of a JSON array, without its brackets. */
async function* joined(values: Iterable<unknown> | AsyncIterable<unknown>): AsyncGenerator<string> {
  let first = true
  for await (const value of values) {
    yield `${first ? '' : ','}${scriptJson(value)}`
    first = false
  }
}

/**
 * JSON within a script element, which `<` alone can end:
 * https://html.spec.whatwg.org/multipage/scripting.html#restrictions-for-contents-of-script-elements
 */
function scriptJson(value: unknown): string {
  return JSON.stringify(value).replaceAll('<', '\\u003c')
}
