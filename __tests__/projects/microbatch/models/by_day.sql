{{ config(
    materialized='incremental',
    incremental_strategy='microbatch',
    event_time='clicked_at',
    batch_size='day',
    begin='2024-05-01',
) }}
-- the third of May has a price that is no number
select click_id, clicked_at, cast(price as integer) as price from {{ ref('clicks') }}
