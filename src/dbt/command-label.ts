import { commandName, partsOf } from './command.ts'

/** Commands whose sub command is a word of its own. */
const PAIRS = new Set(['docs', 'source'])

/** `dbt docs generate`: a command without its options; of one that has no name, such as `dbt --version`, these alone. */
export function commandLabel(words: string[]): string {
  const given = words[0] === 'dbt' ? words.slice(1) : words
  const name = commandName(given)
  const parts = partsOf(given).map(({ flag }) => flag)
  // Without values, which may be secret.
  if (name === '') return ['dbt', ...parts.filter((part) => part.startsWith('-'))].join(' ')
  const next = PAIRS.has(name) ? (parts[parts.indexOf(name) + 1] ?? '') : ''
  return /^[a-z]/.test(next) ? `dbt ${name} ${next}` : `dbt ${name}`
}
