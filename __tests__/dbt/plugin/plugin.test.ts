import { execFileSync } from 'node:child_process'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { tells } from '../../../src/dbt/event.ts'
import { withPlugin } from '../../../src/dbt/plugin/plugin.ts'
import { ROOT } from '../../e2e/workspace.ts'
import { dbtOf, isMissing } from './core.ts'

const FOLDER = join(ROOT, 'src/dbt/plugin')

describe('withPlugin', () => {
  it("adds the plugin's folder to PYTHONPATH, after the user's own", () => {
    expect(withPlugin({ A: '1' }, 'info')).toEqual({ A: '1', PYTHONPATH: FOLDER })
    expect(withPlugin({ PYTHONPATH: '' }, 'info')).toEqual({ PYTHONPATH: FOLDER })
    expect(withPlugin({ PYTHONPATH: '/a' }, 'error').PYTHONPATH).toBe(`/a:${FOLDER}`)
  })

  it('changes nothing if it is turned off, or if all debug events are shown', () => {
    expect(withPlugin({ DBT_WATCHER_PLUGIN: '0' }, 'info')).toEqual({ DBT_WATCHER_PLUGIN: '0' })
    expect(withPlugin({ PYTHONPATH: '/a' }, 'debug')).toEqual({ PYTHONPATH: '/a' })
  })
})

/** Every event that dbt and its adapters define, with each level, and whether the plugin keeps it. */
const EVENTS = `
import json, types
import dbt_common.events.types, dbt.events.types, dbt.adapters.events.types
from dbt_common.events.base_types import BaseEvent
from dbt_watcher_events import is_read

def subclasses(of):
    return {of}.union(*map(subclasses, of.__subclasses__()))

def read(name, level):
    return is_read(types.SimpleNamespace(info=types.SimpleNamespace(name=name, level=level)))

names = sorted({event.__name__ for event in subclasses(BaseEvent)})
print(json.dumps([[name, level, read(name, level)] for name in names for level in ("debug", "info", "warn", "error", "test")]))
`

/** What the plugin does with loggers that it knows, and with what it does not know. */
const UNKNOWN = `
import json, types
import dbt_common.events.event_manager_client as client
from dbt_common.events.logger import _JsonLogger, _TextLogger, LoggerConfig
from dbt_watcher_events import narrowed, plugins

loggers = [of(LoggerConfig(name=name)) for of in (_JsonLogger, _TextLogger) for name in ("stdout_log", "file_log")]
before = [logger.filter for logger in loggers]
client.get_event_manager = lambda: types.SimpleNamespace(loggers=loggers)
plugins[0]("shop")
changed = [logger.filter is not filter for logger, filter in zip(loggers, before)]

class Closed(_JsonLogger):
    __setattr__ = None

without = [types.SimpleNamespace(), None, types.SimpleNamespace(loggers=None), types.SimpleNamespace(loggers=[object.__new__(Closed)])]
for manager in without:
    client.get_event_manager = lambda: manager
    plugins[0]("shop")
del client.get_event_manager
plugins[0]("shop")

passed = narrowed(lambda msg: True)(object()), narrowed(lambda msg: False)(object())
print(json.dumps([changed, passed]))
`

describe.skipIf(isMissing('core'))('dbt_watcher_events.py', () => {
  it('keeps exactly the events that are read, of all that dbt defines', () => {
    const events: [string, string, boolean][] = JSON.parse(python('-c', EVENTS))
    expect(events.length).toBeGreaterThan(500)
    const line = (name: string, level: string) =>
      `{"data": {}, "info": {"level": "${level}", "msg": "", "name": "${name}", "pid": 1}}`
    const wrong = events.filter(([name, level, read]) => read !== tells(line(name, level)))
    expect(wrong).toEqual([])
  })

  it("narrows dbt's JSON log on stdout and no other, and fails at nothing", () => {
    const [changed, passed] = JSON.parse(python('-c', UNKNOWN))
    expect(changed).toEqual([true, false, false, false])
    // An event that it cannot read passes if it passed before.
    expect(passed).toEqual([true, false])
  })

  it('can be imported where there is no dbt', () => {
    const program = 'import dbt_watcher_events; print(dbt_watcher_events.plugins)'
    expect(python('-S', '-c', program)).toBe('[]\n')
  })
})

/** What dbt Core's Python prints. */
function python(...words: string[]): string {
  const env = { PYTHONPATH: FOLDER, PYTHONDONTWRITEBYTECODE: '1' }
  return execFileSync(join(dirname(dbtOf('core')), 'python'), words, { env, encoding: 'utf8' })
}
