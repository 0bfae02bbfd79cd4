import { ROLLUP } from '../report/check-run.ts'
import { brief, checkNameOfNode } from '../report/node-check.ts'
import type { Published } from '../report/published.ts'
import { rollUpEnd } from '../report/roll-up.ts'
import type { Subject } from '../report/subject.ts'
import type { Node, Run } from '../run/run.ts'
import type { Note } from './journal-file.ts'
import type { Reporter } from './reporter.ts'

/** Saves what post needs: what became of each check run, and whether any is still open. */
export function journal(note: Note, subject: Subject, published: Published): Reporter {
  const { checkName } = subject
  const noted = new Map<string, string>()
  const noteNode = (run: Run, node: Node) => {
    const end = brief(run, node)
    if (!end || noted.get(node.uniqueId) === end.title) return
    noted.set(node.uniqueId, end.title)
    note({ key: node.uniqueId, name: checkNameOfNode(run, node, checkName), ...end })
  }
  return {
    name: 'journal',
    update: (run, { output, node }) => {
      if (node) noteNode(run, node)
      if (output) return
      for (const each of run.nodes.values()) noteNode(run, each)
      if (run.exitCode === undefined) return
      note({ key: ROLLUP, name: checkName, ...rollUpEnd(run, subject) })
    },
    finish: async () => {
      const { unshown } = published
      // Where the token may not write, nothing is open, and post could make nothing either.
      if (unshown.keys.length === 0 || (unshown.forbidden && unshown.none)) note({ closed: true })
    },
  }
}
