select * from {{ ref('jinja_error') }}
