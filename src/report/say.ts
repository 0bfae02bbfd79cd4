import type { Caller } from './subject.ts'

/** Chooses between a text for who uses the Action, and one for who typed the command. */
export type Say = (inWorkflow: string, inShell: string) => string

/** What can be set is called differently where dbt-watcher is called: an input of a step, an option of a command. */
export function sayTo(caller: Caller): Say {
  return (inWorkflow, inShell) => (caller === 'workflow' ? inWorkflow : inShell)
}
