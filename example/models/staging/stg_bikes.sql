select
    id as bike_id,
    kind,
    cast(bought_on as date) as bought_on
from {{ ref('raw_bikes') }}
