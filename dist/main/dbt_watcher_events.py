"""
Makes dbt Core faster: it prepares no log events that dbt-watcher does not read, looks for garbage less often, and
takes the plain defaults of its own classes as they are.

dbt-watcher reads dbt's JSON log at level debug. Nine tenths of that log are events such as SQLQuery, which it
drops, and preparing them is most of what the log costs. dbt Core loads this file as a plugin, since its folder is
on PYTHONPATH and its name begins with `dbt_`. The remaining lines are written by dbt's own logger, exactly as
without the plugin. docs/adr/0017 has the reasons, docs/adr/0021 those for collecting less, docs/adr/0026 those for
the defaults.

It must not harm a run: whatever it does not recognize, it leaves alone.
"""

import gc
import re

# Debug events that dbt-watcher reads: the names that DEBUG_EVENTS of src/dbt/event.ts accepts.
READ = re.compile(
    r"Node[A-Z]\w+|MarkSkippedChildren|Log\w+|RunResult\w+|SkippingDetails|CommandCompleted|ArtifactWritten"
    r"|ConcurrencyLine|MainReportVersion"
).fullmatch


def is_read(name, level, event=None):
    """Whether dbt-watcher reads an event. The event has node_info if it is about a node."""
    return level != "debug" or READ(name) is not None or is_query_of_hook(name, event)


def is_query_of_hook(name, event):
    """As isQueryOfHook of src/dbt/event.ts: while a hook is rendered, dbt names it nowhere else."""
    return name == "AdapterEventDebug" and event is not None and event.node_info.unique_id.startswith("operation.")


def narrowed(passes):
    """A logger's filter that passes only what it passed before and dbt-watcher reads."""

    def filter_event(msg):
        try:
            read = is_read(msg.info.name, msg.info.level, msg.data)
        except Exception:
            # An exception here would reach dbt, where it fails the node that fired the event.
            read = True
        return read and passes(msg)

    return filter_event


def has_reader(manager, logger, e, level=None, node=None, force_warn_or_error_handling=False):
    """Whether an event is for anything but the logger, or dbt-watcher reads it. Has the parameters of fire_event."""
    return (
        is_read(type(e).__name__, level or e.level_tag(), e)
        or force_warn_or_error_handling
        or manager.loggers != [logger]
        # dbt's own, for a single event at level warn.
        or any(callback.__name__ != "track_behavior_change_warn" for callback in manager.callbacks)
    )


def firing(manager, logger):
    """The manager's fire_event, without the work for an event that has no reader: building its message."""
    fire = type(manager).fire_event

    def fire_event(*args, **kwargs):
        try:
            wanted = has_reader(manager, logger, *args, **kwargs)
        except Exception:
            wanted = True
        if wanted:
            fire(manager, *args, **kwargs)

    return fire_event


def narrow_stdout():
    """Narrows dbt's JSON logger for stdout. Does nothing if there is no such logger."""
    from dbt_common.events.event_manager_client import get_event_manager
    from dbt_common.events.logger import _JsonLogger

    manager = get_event_manager()
    for logger in manager.loggers:
        if isinstance(logger, _JsonLogger) and logger.name == "stdout_log":
            logger.filter = narrowed(logger.filter)
            manager.fire_event = firing(manager, logger)


# New objects after which Python looks for unreachable cycles; its default is 700 (2,000 from Python 3.13).
# https://docs.python.org/3/library/gc.html#gc.set_threshold
COLLECT_AFTER = 10_000


def collect_less():
    """
    Has Python look for unreachable cycles less often, and never among the objects that exist by now: mostly dbt's
    modules and classes, which last until it ends. An object that nothing refers to is freed at once, as before. Does
    nothing if the collector is off, or tuned by somebody else.
    """
    first, *others = gc.get_threshold()
    if not gc.isenabled() or not 0 < first <= 2_000:
        return
    gc.set_threshold(COLLECT_AFTER, *others)
    # https://docs.python.org/3/library/gc.html#gc.freeze
    gc.freeze()


def take_plain_defaults():
    """
    Before dbt validates what a project says, it has a JSON schema made of each of its classes. For the default of each
    field, mashumaro then makes a class of its own and compiles a method of it, which for a plain value returns that
    value. Here a plain value is taken as it is. Does nothing if somebody else replaced that function.
    """
    from mashumaro.jsonschema import schema

    compute = schema._default
    if compute.__module__ != schema.__name__:
        return

    def take(f_type, f_value, *args, **kwargs):
        if f_value is None or type(f_value) in (bool, int, str):
            return f_value
        return compute(f_type, f_value, *args, **kwargs)

    schema._default = take


try:
    from dbt.plugins.manager import dbtPlugin
except Exception:
    # No dbt Core, or one without plugins.
    plugins = []
else:

    class dbtWatcherEvents(dbtPlugin):
        """https://github.com/dbt-labs/dbt-core/blob/1.11.latest/core/dbt/plugins/manager.py"""

        def initialize(self):
            for change in (narrow_stdout, collect_less, take_plain_defaults):
                try:
                    change()
                except Exception:
                    # Another version of dbt: this stays as it is.
                    pass

    plugins = [dbtWatcherEvents]
