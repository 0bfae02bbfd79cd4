select
    isbn,
    title,
    genre,
    branch,
    copies
from {{ ref('books') }}
