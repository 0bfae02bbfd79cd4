{{ config(materialized='incremental', unique_key='town') }}

select
    c.town,
    sum(o.amount) as amount,
    max(o.ordered_on) as last_day
from {{ ref('stg_orders') }} as o
inner join {{ ref('stg_customers') }} as c
    on o.customer_id = c.customer_id
{% if is_incremental() %}
where o.ordered_on > (select max(last_day) from {{ this }})
{% endif %}
group by c.town
