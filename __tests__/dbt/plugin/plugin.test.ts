import { execFileSync } from 'node:child_process'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { isRead } from '../../../src/dbt/event.ts'
import { withPlugin } from '../../../src/dbt/plugin/plugin.ts'
import { dbtOf, isMissing } from '../../e2e/plugin/core.ts'
import { ROOT } from '../../e2e/workspace.ts'

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
import json
import dbt_common.events.types, dbt.events.types, dbt.adapters.events.types
from dbt_common.events.base_types import BaseEvent
from dbt_watcher_events import is_read

def subclasses(of):
    return {of}.union(*map(subclasses, of.__subclasses__()))

names = sorted({event.__name__ for event in subclasses(BaseEvent)})
print(json.dumps([[name, level, is_read(name, level)] for name in names for level in ("debug", "info", "warn", "error", "test")]))
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

/** Which events still reach dbt's own fire_event: of everything that may read an event, one at a time. */
const FIRING = `
import json
from dbt_common.events.base_types import EventLevel
from dbt_common.events.event_manager import EventManager
from dbt_common.events.logger import _JsonLogger, LoggerConfig
from dbt.events.types import MainReportArgs, NodeStart, PartialParsingEnabled
from dbt_watcher_events import firing

reached = []
class Manager(EventManager):
    def fire_event(self, e, level=None, node=None, force_warn_or_error_handling=False):
        reached.append(type(e).__name__)

def track_behavior_change_warn(msg): pass
def another(msg): pass

def reaches(e, *args, callbacks=(track_behavior_change_warn,), more=(), **kwargs):
    logger = _JsonLogger(LoggerConfig(name="stdout_log"))
    manager = Manager()
    manager.loggers, manager.callbacks = [logger, *more], list(callbacks)
    manager.fire_event = firing(manager, logger)
    reached.clear()
    try:
        manager.fire_event(e, *args, **kwargs)
    except TypeError:
        return "refused"
    return len(reached) == 1

unread = PartialParsingEnabled(deleted=0, added=0, changed=0)
print(json.dumps({
    "unread": reaches(unread),
    "unread with its level": reaches(unread, level=EventLevel.DEBUG),
    "read": reaches(NodeStart()),
    "at level info": reaches(unread, level=EventLevel.INFO),
    "at level info by position": reaches(unread, EventLevel.INFO),
    "as an error": reaches(unread, force_warn_or_error_handling=True),
    "with a callback": reaches(unread, callbacks=[track_behavior_change_warn, another]),
    "with a callback without a name": reaches(unread, callbacks=[object()]),
    "with a log file": reaches(unread, more=[_JsonLogger(LoggerConfig(name="file_log"))]),
    "with a new parameter": reaches(unread, colour="red"),
}))
`

/** How Python collects after the plugin was initialized, in three processes: a new one, one that is tuned, one that is off. */
const COLLECTING = `
import gc, json, sys, weakref
from dbt_watcher_events import plugins

exec(sys.argv[1])
before = gc.get_threshold(), gc.get_freeze_count()
plugins[0]("shop")
once = gc.get_threshold(), gc.get_freeze_count()
# As a program that runs dbt twice in one process.
plugins[0]("shop")
twice = gc.get_threshold(), gc.get_freeze_count()

class Cycle:
    def __init__(self):
        self.own = self

first = weakref.ref(Cycle())
for _ in range(20_000):
    Cycle()
print(json.dumps({
    "threshold": once[0],
    "changed": once != before,
    "frozen": once[1] - before[1],
    "again": twice != once,
    "collected": first() is None,
}))
`

/**
 * For each default of each class that dbt validates, the plugin's value beside the one that it takes the place of; and
 * how often that one is still asked.
 */
const DEFAULTS = `
import importlib, json, pkgutil, sys, warnings
import dbt, dbt_common
from dbt_common.dataclass_schema import dbtClassMixin
from mashumaro.jsonschema import build_json_schema, schema
from dbt_watcher_events import plugins

warnings.simplefilter("ignore")
for package in (dbt, dbt_common):
    for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
        if not module.name.startswith("dbt.include."):
            try:
                importlib.import_module(module.name)
            except ImportError:
                # An optional dependency of dbt-duckdb.
                pass

def subclasses(of):
    return {of}.union(*map(subclasses, of.__subclasses__()))

compute, computed, different = schema._default, [], {}

def counted(f_type, f_value, *args, **kwargs):
    computed.append(type(f_value))
    return compute(f_type, f_value, *args, **kwargs)

counted.__module__ = compute.__module__
schema._default = counted
plugins[0]("shop")
take = schema._default
# As a program that runs dbt twice in one process.
plugins[0]("shop")
again = schema._default is not take

compared = set()
def both(f_type, f_value, *args, **kwargs):
    taken = take(f_type, f_value, *args, **kwargs)
    key = (f_type, repr(f_value))
    if key not in compared:
        compared.add(key)
        try:
            plain = compute(f_type, f_value, *args, **kwargs)
        except Exception as error:
            plain = error
        if plain != taken or type(plain) is not type(taken):
            different[str(f_type)] = repr(plain)
    return taken

schema._default = both
for one in subclasses(dbtClassMixin):
    try:
        build_json_schema(one)
    except Exception:
        # A class that dbt never validates.
        pass
print(json.dumps({
    "again": again,
    "compared": len(compared),
    "computed": sorted({one.__name__ for one in computed}),
    "different": list(different.values()),
}))
`

describe.skipIf(isMissing('core'))('dbt_watcher_events.py', () => {
  it('keeps exactly the events that are read, of all that dbt defines', () => {
    const events: [string, string, boolean][] = JSON.parse(python('-c', EVENTS))
    expect(events.length).toBeGreaterThan(500)
    const line = (name: string, level: string) =>
      `{"data": {}, "info": {"level": "${level}", "msg": "", "name": "${name}", "pid": 1}}`
    const wrong = events.filter(([name, level, read]) => read !== isRead(line(name, level)))
    expect(wrong).toEqual([])
  })

  it("narrows dbt's JSON log on stdout and no other, and fails at nothing", () => {
    const [changed, passed] = JSON.parse(python('-c', UNKNOWN))
    expect(changed).toEqual([true, false, false, false])
    // An event that it cannot read passes if it passed before.
    expect(passed).toEqual([true, false])
  })

  it('builds no message only for an event that nothing reads', () => {
    const {
      unread,
      'unread with its level': withLevel,
      'with a new parameter': unknown,
      ...others
    } = JSON.parse(python('-c', FIRING))
    expect([unread, withLevel]).toEqual([false, false])
    expect(new Set(Object.values(others))).toEqual(new Set([true]))
    // dbt decides, not the plugin.
    expect(unknown).toBe('refused')
  })

  it('lets Python collect less often, once, and still collects', () => {
    const { frozen, ...others } = JSON.parse(python('-c', COLLECTING, ''))
    // What dbt imports.
    expect(frozen).toBeGreaterThan(50_000)
    expect(others).toEqual({ threshold: [10_000, 10, 10], changed: true, again: false, collected: true })
  })

  it.each(['gc.disable()', 'gc.set_threshold(5_000)', 'gc.set_threshold(0)'])(
    'leaves the collector as it is after %s',
    (tuning) => {
      expect(JSON.parse(python('-c', COLLECTING, tuning))).toMatchObject({ changed: false, again: false })
    },
  )

  it("takes plain defaults as they are, which changes no schema of dbt's", () => {
    const { compared, computed, different, again } = JSON.parse(python('-c', DEFAULTS))
    expect(again).toBe(false)
    expect(compared).toBeGreaterThan(50)
    expect(computed).toContain('Severity')
    for (const plain of ['NoneType', 'bool', 'int', 'str']) expect(computed).not.toContain(plain)
    // Of classes that hold what has no JSON, which dbt therefore never validates.
    for (const error of different) expect(error).toMatch(/^UnserializableField/)
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
