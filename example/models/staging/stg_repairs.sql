select
    id as repair_id,
    bike_id,
    cast({{ 'repared_on' if var('broken') else 'repaired_on' }} as date) as repaired_on,
    part,
    cost
from {{ ref('raw_repairs') }}
