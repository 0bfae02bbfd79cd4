import { delimiter } from 'node:path'
import type { Level } from '../command.ts'
import type { Environment } from '../environment.ts'

/** Where dbt_watcher_events.py is: in src/ beside this file, in dist/ beside the bundle, where `npm run build` copies it. */
const FOLDER = import.meta.dirname

/**
 * dbt's environment with the plugin's folder at the end of PYTHONPATH, where dbt Core finds it; dbt v2, and a Python
 * started with -E or -I, ignore it. Unchanged if DBT_WATCHER_PLUGIN is 0, or if all debug events are to be shown.
 * @param level the lowest level that is shown
 */
export function withPlugin(env: Environment, level: Level): Environment {
  if (env.DBT_WATCHER_PLUGIN === '0' || level === 'debug') return env
  return { ...env, PYTHONPATH: env.PYTHONPATH ? `${env.PYTHONPATH}${delimiter}${FOLDER}` : FOLDER }
}
