# Node.js, a shell and what they need, without any distribution: no registry is asked.
FROM scratch
COPY rootfs/ /
ENV PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin HOME=/root
WORKDIR /root
CMD ["sh"]
