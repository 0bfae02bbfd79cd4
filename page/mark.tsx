import { MARKS, type Shown, WORDS } from './format.ts'

/** The sign of an outcome, with its word for those who do not see it. */
export function Mark({ outcome }: { outcome: Shown }) {
  return (
    <span class={`mark ${outcome}`} role="img" aria-label={WORDS[outcome]} title={WORDS[outcome]}>
      {MARKS[outcome]}
    </span>
  )
}
