"""
Keeps dbt Core from formatting log events that dbt-watcher does not read.

dbt-watcher reads dbt's JSON log at level debug. Nine tenths of that log are events such as SQLQuery, which it
drops, and formatting them is most of what the log costs. dbt Core loads this file as a plugin, since its folder is
on PYTHONPATH and its name begins with `dbt_`. The plugin narrows the filter of the logger that writes to stdout;
the logger itself writes the remaining lines, exactly as without the plugin. docs/adr/0017 has the reasons.

It must not harm a run: whatever it does not recognize, it leaves alone.
"""

import re

# Debug events that dbt-watcher reads: the names that DEBUG_EVENTS of src/dbt/event.ts accepts.
READ = re.compile(
    r"Node[A-Z]\w+|MarkSkippedChildren|Log\w+|RunResult\w+|SkippingDetails|CommandCompleted|ArtifactWritten"
    r"|ConcurrencyLine|MainReportVersion"
).fullmatch


def is_read(msg):
    """Whether dbt-watcher reads an event. Called for each event, in any of dbt's threads."""
    return msg.info.level != "debug" or READ(msg.info.name) is not None


def narrowed(passes):
    """A logger's filter that passes only what it passed before and dbt-watcher reads."""

    def filter_event(msg):
        try:
            read = is_read(msg)
        except Exception:
            # An exception here would reach dbt, where it fails the node that fired the event.
            read = True
        return read and passes(msg)

    return filter_event


def narrow_stdout():
    """Narrows the filter of dbt's JSON logger for stdout. Does nothing if there is no such logger."""
    from dbt_common.events.event_manager_client import get_event_manager
    from dbt_common.events.logger import _JsonLogger

    for logger in get_event_manager().loggers:
        if isinstance(logger, _JsonLogger) and logger.name == "stdout_log":
            logger.filter = narrowed(logger.filter)


try:
    from dbt.plugins.manager import dbtPlugin
except Exception:
    # No dbt Core, or one without plugins.
    plugins = []
else:

    class dbtWatcherEvents(dbtPlugin):
        """https://github.com/dbt-labs/dbt-core/blob/1.11.latest/core/dbt/plugins/manager.py"""

        def initialize(self):
            try:
                narrow_stdout()
            except Exception:
                # Another version of dbt: its log stays as it is.
                pass

    plugins = [dbtWatcherEvents]
