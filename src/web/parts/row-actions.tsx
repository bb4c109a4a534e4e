/** What can be done with one row. */

interface RowActionsProps {
  /** What the row is called: buttons of the same name are told apart by it. */
  readonly of: string;
  readonly actions: readonly (readonly [name: string, run: () => void])[];
}

export const RowActions = ({ of, actions }: RowActionsProps) => (
  <div class="buttons">
    {actions.map(([name, run]) => (
      <button key={name} type="button" class="plain" aria-label={`${name}: ${of}`} onClick={run}>
        {name}
      </button>
    ))}
  </div>
);
