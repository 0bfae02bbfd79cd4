/** Errors of dbt itself: what to do about them, and what dbt printed. */
import { ownErrors } from '../run/counts.ts'
import type { Run } from '../run/run.ts'
import { type Advised, adviceFor, titleSentence } from './advice.ts'
import { moreErrors } from './message.ts'
import { fence, literal, middleCut, plain } from './text.ts'

const MOST_ERRORS = 20
/** In characters. */
const LONGEST_MESSAGE = 4_000

/** One part for each error, the first twenty. */
export function errorParts(run: Run, advised: Advised): string[] {
  const shown = ownErrors(run)
    .slice(0, MOST_ERRORS)
    .map((error) => {
      const advice = adviceFor(error, advised)
      const text = fence(middleCut(plain(error), LONGEST_MESSAGE))
      return advice ? `**${literal(titleSentence(advice))}** ${literal(advice.wayOut)}\n\n${text}` : text
    })
  return [...shown, moreErrors(run, MOST_ERRORS)].filter(Boolean)
}
