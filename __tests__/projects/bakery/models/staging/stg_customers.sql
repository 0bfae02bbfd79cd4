select
    id as customer_id,
    name,
    town
from {{ ref('raw_customers') }}
