/** Airflow's programs: start, wait, end. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { startTime } from '../../../src/dbt/process.ts'
import { ROOT } from '../../e2e/workspace.ts'
import { descendantsOf, kill } from './processes.ts'

export const PROGRAM = join(ROOT, '.cache/cosmos/bin/airflow')

/** One of Airflow's programs, with its log in `home`. */
export function start(words: string[], home: string, env: NodeJS.ProcessEnv): ChildProcess {
  const log = openSync(join(home, `${words[0]}.log`), 'w')
  const child = spawn(PROGRAM, words, { cwd: home, env, stdio: ['ignore', log, log] })
  closeSync(log)
  return child
}

/** Asks each second. @throws Error where one of the programs ends before */
export async function waitFor(
  until: () => Promise<boolean>,
  children: ChildProcess[],
  home: string,
  signal: AbortSignal,
): Promise<void> {
  while (!(await until())) {
    const ended = children.find(hasEnded)
    if (ended) {
      const name = ended.spawnargs[1] ?? ''
      const log = readFileSync(join(home, `${name}.log`), 'utf8')
      throw new Error(`airflow ${name} ended:\n${log.slice(-5000)}`)
    }
    await sleep(1000, undefined, { signal })
  }
}

/** What does not end in time is killed, with what it started. */
export async function end(children: ChildProcess[]): Promise<void> {
  const running = children.filter((child) => !hasEnded(child))
  const below = running
    .flatMap(({ pid = 0 }) => descendantsOf(pid))
    .map(({ pid }) => ({ pid, started: startTime(pid) }))
  const ended = Promise.all(running.map((child) => once(child, 'exit')))
  for (const child of running) child.kill('SIGTERM')
  await Promise.race([ended, sleep(10_000, undefined, { ref: false })])
  for (const child of running) child.kill('SIGKILL')
  kill(below)
  await ended
}

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null
}
