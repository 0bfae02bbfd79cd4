{{ config(tags=['staging']) }}

with source as (

    select * from {{ ref('raw_orders') }}

),

renamed as (

    select
        id as order_id,
        customer_id,
        kind,
        {{ cents_to_dollars('amount') }} as amount,
        cast(ordered_on as date) as ordered_on
    from source

)

select * from renamed
