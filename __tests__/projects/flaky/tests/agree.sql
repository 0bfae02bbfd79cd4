select id from {{ ref('stg_fine') }} join {{ ref('below') }} using (id) where id > 5
