import type { DbtCommand } from './command.ts'
import { DIALECTS, type Dialect, firstDialect, isRefusal, launchWords } from './dialect.ts'
import { type DbtProcess, type Exit, type Launch, startDbt } from './process.ts'

/**
 * Starts dbt, whichever engine it is. To ask for its version first would cost 2.3 s, so Core's words are tried,
 * which v2 refuses within 0.1 s, and then v2's.
 * @throws Error where the program cannot be started.
 */
export async function launchDbt(
  program: string[],
  command: DbtCommand,
  launch: Omit<Launch, 'words'>,
): Promise<DbtProcess> {
  let killed: NodeJS.Signals | undefined
  const start = (dialect: Dialect) => tryDialect(program, command, launch, dialect)
  const dialects = DIALECTS.slice(DIALECTS.indexOf(firstDialect(command)))
  let current = await start(dialects[0] ?? 'core')
  const ended = async (): Promise<Exit> => {
    for (const next of dialects.slice(1)) {
      const exit = await current.ended
      if (!current.isRefused() || killed) return exit
      current = await start(next)
      // It came while there was no process.
      if (killed) current.kill(killed)
    }
    return await current.ended
  }
  const end = ended()
  // It may fail before anything waits for it, which would end the process.
  end.catch(() => {})
  return {
    get pid() {
      return current.pid
    },
    kill: (signal) => {
      killed = signal
      current.kill(signal)
    },
    ended: end,
  }
}

/** dbt, and once it has ended, whether it refused the dialect. */
type Tried = DbtProcess & { isRefused(): boolean }

async function tryDialect(
  program: string[],
  command: DbtCommand,
  launch: Omit<Launch, 'words'>,
  dialect: Dialect,
): Promise<Tried> {
  /** Once a refusal has begun, what follows is its help text; shown only if dbt runs on after all. */
  const held: string[] = []
  const onLine = (line: string) => {
    if (held.length > 0 || isRefusal(dialect, line)) held.push(line)
    else launch.onLine(line)
  }
  let refused = false
  const dbt = await startDbt({ ...launch, words: [...program, ...launchWords(command, dialect)], onLine })
  const ended = dbt.ended.then((exit) => {
    refused = held.length > 0 && exit.code !== 0 && exit.code !== null
    if (!refused) held.forEach(launch.onLine)
    return exit
  })
  return { pid: dbt.pid, kill: dbt.kill, ended, isRefused: () => refused }
}
