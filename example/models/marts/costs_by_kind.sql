select
    kind,
    sum(repairs) as repairs,
    sum(cost) as cost
from {{ ref('bike_costs', v=2) }}
group by kind
