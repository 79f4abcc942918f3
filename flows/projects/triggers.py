"""What the database itself refuses: a pair of phases the lifecycle does not name, a changed fact."""

import pgtrigger

from flows.projects.lifecycle import MAY_PAUSE, MOVES, Phase


def _pairs() -> str:
    """The allowed (from, to) pairs as SQL, from the one table of moves."""
    pairs = [(source, leg.target) for leg in MOVES if leg.target for source in leg.sources]
    return ", ".join(f"('{source.value}', '{target.value}')" for source, target in pairs)


_PAUSED = ", ".join(f"'{phase.value}'" for phase in MAY_PAUSE)

PHASE_TRIGGERS = [
    pgtrigger.Trigger(
        name="phase_pairs",
        operation=pgtrigger.UpdateOf("phase"),
        when=pgtrigger.Before,
        condition=pgtrigger.Q(old__phase__df=pgtrigger.F("new__phase")),
        func=f"""
            IF (OLD.phase, NEW.phase) IN ({_pairs()}) THEN
                RETURN NEW;
            END IF;
            IF OLD.phase = '{Phase.SUSPENDED.value}' AND NEW.phase IN ({_PAUSED})
               AND NEW.phase = OLD.phase_left THEN
                RETURN NEW;
            END IF;
            IF EXISTS (SELECT 1 FROM projects_phasecorrection c WHERE c.project_id = NEW.id
                       AND c.from_phase = OLD.phase AND c.to_phase = NEW.phase AND c.applied IS NULL
                       AND c.confirmed_by_id IS NOT NULL AND c.confirmed_by_id <> c.proposed_by_id) THEN
                RETURN NEW;
            END IF;
            RAISE EXCEPTION 'project %: no move from % to %', NEW.code, OLD.phase, NEW.phase
                USING ERRCODE = 'check_violation';
        """,
    ),
    pgtrigger.Trigger(
        name="phase_opens",
        operation=pgtrigger.Insert,
        when=pgtrigger.Before,
        func=f"""
            IF NEW.phase = '{Phase.SIGNED.value}'
               OR (NEW.phase_derived AND NEW.phase IN ('{Phase.FULFILLED.value}', '{Phase.BUILDING.value}')) THEN
                RETURN NEW;
            END IF;
            RAISE EXCEPTION 'project %: cannot open in phase %', NEW.code, NEW.phase
                USING ERRCODE = 'check_violation';
        """,
    ),
]


def append_only(name: str) -> pgtrigger.Trigger:
    """Refuse every later change of a row of this table."""
    return pgtrigger.Protect(name=f"{name}_is_append_only", operation=pgtrigger.Update | pgtrigger.Delete)
