import { type DbtCommand, launchWords, refusesLogFileWord } from './command.ts'
import { type DbtProcess, type Exit, type Launch, startDbt } from './process.ts'

/**
 * Starts dbt, whichever engine it is. To ask for its version first would cost 2.3 s, so Core's word for "no log
 * file" is tried, which Fusion refuses within 0.1 s, and then Fusion's.
 * @throws Error where the program cannot be started.
 */
export async function launchDbt(
  program: string[],
  command: DbtCommand,
  launch: Omit<Launch, 'words'>,
): Promise<DbtProcess> {
  /** Once the refusal has begun, what follows is its help text; shown only if dbt runs on after all. */
  const held: string[] = []
  let killed = false
  const onLine = (line: string) => {
    if (held.length > 0 || refusesLogFileWord(line)) held.push(line)
    else launch.onLine(line)
  }
  const first = await startDbt({ ...launch, words: [...program, ...launchWords(command, 'none')], onLine })
  let current = first
  const ended = async (): Promise<Exit> => {
    const exit = await first.ended
    if (held.length === 0) return exit
    if (exit.code === 0 || killed) {
      held.forEach(launch.onLine)
      return exit
    }
    current = await startDbt({ ...launch, words: [...program, ...launchWords(command, 'off')] })
    return await current.ended
  }
  return {
    get pid() {
      return current.pid
    },
    kill: (signal) => {
      killed = true
      current.kill(signal)
    },
    ended: ended(),
  }
}
