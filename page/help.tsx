import { useEffect, useRef } from 'preact/hooks'

const KEYS: [string, string][] = [
  ['j  k', 'next, previous node'],
  ['Enter', 'go to the selected node; in the search, select the first node'],
  ['/', 'search'],
  ['Esc', 'close the node, or clear the filters'],
  ['f  c  t  l  n', 'failures, changes, timeline, lineage, nodes'],
  ['?', 'these keys'],
]

export function Help({ onClose }: { onClose(): void }) {
  const dialog = useRef<HTMLDialogElement>(null)
  useEffect(() => dialog.current?.showModal(), [])
  return (
    <dialog ref={dialog} aria-labelledby="help-title" onClose={onClose}>
      <h2 id="help-title">Keys</h2>
      <dl class="keys">
        {KEYS.map(([keys, meaning]) => (
          <div key={keys}>
            <dt>
              {keys.split(/\s+/).map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>{meaning}</dd>
          </div>
        ))}
      </dl>
      <p class="note">The address of this page names the selected node, the filters and the view.</p>
      <form method="dialog">
        <button type="submit">Close</button>
      </form>
    </dialog>
  )
}
