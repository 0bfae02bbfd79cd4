/** Where dbt is, where nothing says so and it is not on PATH. */
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { anyCase, type Environment } from './environment.ts'

const VENVS = ['.venv', 'venv']

/** Programs that run another in the environment of a project, by the file that the project has then. */
const RUNNERS = [
  ['uv.lock', 'uv'],
  ['poetry.lock', 'poetry'],
  ['pdm.lock', 'pdm'],
  ['Pipfile.lock', 'pipenv'],
] as const

/**
 * How to start dbt where it is not on PATH: in a virtual environment, by what made one, or where pipx and `uv tool`
 * put programs. Undefined where it is on PATH, or nowhere.
 * @param folders where the project may have its environment, the nearest first
 */
export function findDbt(folders: string[], env: Environment): string[] | undefined {
  const path = (anyCase(env, 'PATH') ?? '').split(delimiter).filter(Boolean)
  const has = (program: string) => path.some((folder) => isProgram(join(folder, program)))
  if (has('dbt')) return undefined
  const bin = process.platform === 'win32' ? 'Scripts' : 'bin'
  const inVenv = folders
    .flatMap((folder) => VENVS.map((venv) => join(folder, venv, bin, 'dbt')))
    .find(isProgram)
  if (inVenv) return [inVenv]
  const [, runner] =
    RUNNERS.find(
      ([lock, program]) => has(program) && folders.some((folder) => existsSync(join(folder, lock))),
    ) ?? []
  if (runner) return [runner, 'run', 'dbt']
  // https://pipx.pypa.io/stable/how-pipx-works/, https://docs.astral.sh/uv/concepts/tools/#the-bin-directory
  const home = env.HOME || env.USERPROFILE
  const own = [env.PIPX_BIN_DIR, env.UV_TOOL_BIN_DIR, home && join(home, '.local', 'bin')]
  const tool = own.flatMap((folder) => (folder ? [join(folder, 'dbt')] : [])).find(isProgram)
  return tool ? [tool] : undefined
}

function isProgram(path: string): boolean {
  return [path, `${path}.exe`, `${path}.cmd`, `${path}.bat`].some(existsSync)
}
