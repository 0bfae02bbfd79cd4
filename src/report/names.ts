import type { Node, Run } from '../run/run.ts'

/** What a name is made of. */
type Named = Pick<Node, 'uniqueId' | 'resourceType' | 'name'>

/**
 * A node's name for people, unique within the run and the same in every run: a node of an installed package
 * has its package, a versioned model its version. It follows from the node alone, since Fusion writes the
 * manifest, which could tell whether a name is taken twice, only at the end of a run.
 */
export function displayName(run: Run, node: Named): string {
  const [, packageName = '', ...rest] = node.uniqueId.split('.')
  const foreign = run.projectName !== '' && packageName !== run.projectName && rest.length > 0
  const name = baseName(node, rest)
  return foreign ? `${packageName}.${name}` : name
}

/**
 * @param rest the unique_id after resource type and package: `<name>`, `<name>.v<version>`,
 *   `<source>.<table>`, `<model>.<unit test>`; for a generic test `<name>.<hash>`
 */
function baseName(node: Named, rest: string[]): string {
  return (node.resourceType === 'test' && node.name) || rest.join('.') || node.name
}

/** `model stg_orders`: how a node is called where its type is not plain from the place. */
export function titleName(run: Run, node: Named): string {
  return `${node.resourceType} ${displayName(run, node)}`
}
