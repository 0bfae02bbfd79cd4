-- In a folder named like a model.
select id from {{ ref('stg_fine') }}
