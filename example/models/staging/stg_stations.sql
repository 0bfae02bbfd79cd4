select
    id as station_id,
    name as station_name,
    docks
from {{ ref('raw_stations') }}
