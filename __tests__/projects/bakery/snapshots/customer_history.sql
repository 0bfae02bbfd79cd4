{% snapshot customer_history %}
{{ config(target_schema='snapshots', unique_key='customer_id', strategy='check', check_cols=['town']) }}
select
    customer_id,
    town
from {{ ref('stg_customers') }}
{% endsnapshot %}
