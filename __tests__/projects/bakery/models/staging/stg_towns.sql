select
    town,
    count(*) as customers
from {{ source('raw', 'raw_customers') }}
group by town
