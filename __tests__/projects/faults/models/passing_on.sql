{{ config(materialized='ephemeral') }}
select * from {{ ref('broken') }}
